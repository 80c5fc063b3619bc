// A short program: the processor time until its first record is acknowledged, over SASL_SSL with SCRAM-SHA-256 and
// 4,096 iterations. The mock cluster has its own process. Each run is a new process without compiled code, which
// matters for a cloud function or a command.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { startBroker } from './broker-process.mjs'
import { median, print, ratio } from './measure.mjs'

const rounds = Number(process.env.BENCH_ROUNDS ?? 3) * 5
const program = new URL('first-ack-client.mjs', import.meta.url).pathname

async function run(client, { bootstrapServers, settings }) {
  const child = fork(program, [client, bootstrapServers, JSON.stringify(settings)])
  const [result] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof result !== 'object') throw new Error(`${client} ended with ${result}`)
  if (child.exitCode === null) await once(child, 'exit')
  return result
}

const broker = await startBroker('mock', 1, 'SASL_SSL')
const clients = ['to-kafka', 'kafkajs']
const results = Object.fromEntries(clients.map((client) => [client, []]))
for (let round = 0; round < rounds; round += 1) {
  for (const client of clients) results[client].push(await run(client, broker))
}
await broker.stop()

const ms = (client, what) => median(results[client].map((each) => each[what]))
const shown = (client, what) =>
  `${ms(client, what).toFixed(0)} (× ${ratio(ms(client, what) / ms('to-kafka', what))})`
print({
  title: 'To the first acknowledgement by SASL_SSL with SCRAM-SHA-256',
  columns: ['client', 'CPU ms since it was made', 'CPU ms of the process', 'elapsed ms'],
  rows: clients.map((client) => [
    client,
    shown(client, 'made'),
    shown(client, 'process'),
    shown(client, 'elapsed'),
  ]),
  not: `a network. Medians of ${rounds} processes each. Since it was made: from the constructor to the
acknowledgement; of the process: from its start, Node's own and the loading of modules included (to-kafka as it
is packed, kafkajs as it is). What to-kafka loads when it is first needed, TLS and cryptography, is in the first.`,
})
