// One process of first-ack.mjs: <client> <bootstrap servers> <settings as JSON>. Prints its processor time, in
// milliseconds, at the first acknowledgement.

const [client, bootstrapServers, text] = process.argv.slice(2)
const settings = JSON.parse(text)
const login = { username: 'me', password: 'secret' }

async function ours() {
  const { KafkaProducer } = await import('../dist/index.js')
  return async () => {
    const producer = new KafkaProducer({
      'bootstrap.servers': bootstrapServers,
      'linger.ms': 0,
      'sasl.mechanism': 'SCRAM-SHA-256',
      'sasl.username': login.username,
      'sasl.password': login.password,
      ...settings,
    })
    await producer.send({ topic: 'bench', value: 'x' })
    return () => producer.close()
  }
}

async function theirs() {
  const { peer } = await import('./peers.mjs')
  const kafkajs = await peer('kafkajs')
  if (kafkajs === null) process.exit(2)
  const { Kafka, logLevel } = kafkajs.default
  return async () => {
    const producer = new Kafka({
      brokers: [bootstrapServers],
      ssl: { ca: [settings['ssl.truststore.certificates']] },
      sasl: { mechanism: 'scram-sha-256', ...login },
      logLevel: logLevel.NOTHING,
    }).producer()
    await producer.connect()
    await producer.send({ topic: 'bench', messages: [{ value: 'x' }] })
    return () => producer.disconnect()
  }
}

const cpuMs = ({ user, system }) => (user + system) / 1000

const begin = await (client === 'kafkajs' ? theirs() : ours())
const before = process.cpuUsage()
const begun = performance.now()
const close = await begin()
const result = {
  made: cpuMs(process.cpuUsage(before)),
  process: cpuMs(process.cpuUsage()),
  elapsed: performance.now() - begun,
}
await close()
process.send(result, () => process.disconnect())
