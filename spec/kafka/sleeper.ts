// A program that stops itself in the middle of a transaction, for a spec to resume when the
// coordinator has aborted that transaction. It prints the result of the transaction, and of the
// next one, in a line each. Usage: sleeper BOOTSTRAP_SERVERS TRANSACTIONAL_ID TOPIC

import { isKafkaError, KafkaProducer } from 'to-kafka'

const [servers = '', transactionalId = '', topic = ''] = process.argv.slice(2)
const producer = new KafkaProducer({
  'bootstrap.servers': servers,
  'transactional.id': transactionalId,
  'transaction.timeout.ms': 3_000,
})
const send = (value: string, meanwhile: () => void) =>
  producer
    .transaction(async (tx) => {
      await tx.send({ topic, value })
      meanwhile()
    })
    .then(
      () => 'committed',
      (error: unknown) => (isKafkaError(error) ? error.code : String(error)),
    )

const slept = await send('slept', () => {
  console.log('sent')
  process.kill(process.pid, 'SIGSTOP')
})
console.log(slept)
console.log(await send('awake', () => {}))
await producer.close()
