// What every cell of the matrix runs, in any loader: records with each codec and operator to a mock cluster, and
// errors that keep their names. `require` or `import` is put before it.

const sameCopy = `  if (!(producer.events$ instanceof Observable)) throw new Error('another Observable than that of rxjs')
`

export const program = `
async function check() {
  const cluster = await MockCluster.start({ topics: { t: {} } })
  const config = { 'bootstrap.servers': cluster.bootstrapServers }
  const records = Array.from({ length: 100 }, (_, n) => ({ topic: 't', key: 'k' + n, value: 'v'.repeat(n) }))
  for (const codec of ['none', 'gzip', 'snappy', 'lz4']) {
    const sent$ = from(records).pipe(toKafka({ ...config, 'compression.type': codec }), count())
    if ((await lastValueFrom(sent$)) !== 100) throw new Error(codec + ': not all were acknowledged')
  }
  const producer = new KafkaProducer(config)
  await producer.ready({ topics: ['t'] })
  const each$ = paced(['a', 'b'], producer).pipe(toKafkaEach(producer, (value) => ({ topic: 't', value })), count())
  if ((await lastValueFrom(each$)) !== 2) throw new Error('toKafkaEach')
  if (!isObservable(producer.events$)) throw new Error('not an Observable')
${sameCopy}  const failure = await producer.send({ topic: '', value: 'x' }).catch((error) => error)
  await producer.close()
  if ((await cluster.records('t')).length !== 402) throw new Error('not all is in the log')
  await cluster.close()
  let wrong
  try {
    toKafka({ ...config, 'linger.m': 1 })
  } catch (error) {
    wrong = error
  }
  const names = [failure, wrong].map((error) => isKafkaError(error) && error.name).join()
  if (names !== 'DeliveryError,ConfigError') throw new Error('the errors are ' + names)
}
`

const names = {
  rxjs: 'count, from, isObservable, lastValueFrom, Observable',
  'to-kafka': 'isKafkaError, KafkaProducer, paced, toKafka, toKafkaEach',
  'to-kafka/testing': 'MockCluster',
}

const entries = Object.entries(names)
const imported = `import 'to-kafka/lz4'\n${entries.map(([from, all]) => `import { ${all} } from '${from}'`).join('\n')}\n`
const required = `require('to-kafka/lz4')\n${entries.map(([from, all]) => `const { ${all} } = require('${from}')`).join('\n')}\n`
const run =
  "check().then(() => console.log('ok'), (error) => { console.error(error); process.exitCode = 1 })\n"

/** Programs that print `ok`. */
export const esm = `${imported}${program}${run}`
export const cjs = `${required}${program}${run}`
/** The same in a project whose own rxjs is another copy than the package's. */
export const esmBeside = esm.replace("from 'rxjs'", "from 'own-rxjs'").replace(sameCopy, '')
/** The same as a test, for the given way to get `test`. */
export const esmTest = (test = '') => `${test}${imported}${program}test('delivers', check, 60000)\n`
export const cjsTest = `${required}${program}test('delivers', check, 60000)\n`
