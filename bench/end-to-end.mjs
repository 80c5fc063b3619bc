// From the source to results over TCP: the mock cluster in its own process, which checks every batch, decompresses it
// and keeps it. The figures are those of the client only.

import { KafkaProducer } from '../build/lib/index.js'
import { startBroker } from './broker-process.mjs'
import { throughOperator } from './feeds.mjs'
import { measure, print, ratio, thousands, whole } from './measure.mjs'
import { make, values } from './records.mjs'

const records = 500_000
const warmUp = 50_000
const value = values(100)
const record = (index) => ({ topic: 'bench', value: value(index) })

function line(compression, partitions) {
  const open = async () => {
    const broker = await startBroker('mock', partitions)
    const producer = new KafkaProducer({
      'bootstrap.servers': broker.bootstrapServers,
      'batch.size': 131_072,
      'compression.type': compression,
    })
    await throughOperator(producer, warmUp, record)
    const close = async () => {
      await producer.close()
      await broker.stop()
    }
    return { run: () => throughOperator(producer, records, record), close }
  }
  const plural = partitions === 1 ? '1 partition' : `${partitions} partitions`
  return { name: `${plural}, ${compression}`, records, open }
}

const [floor, ...rest] = await measure([
  { name: 'records made', records, open: () => () => make(records, record) },
  line('none', 1),
  line('none', 12),
  line('snappy', 12),
  line('gzip', 12),
])

print({
  title: 'End to end to the mock cluster',
  columns: ['line', 'CPU ns a record', '× records made', 'thousand records/s'],
  rows: [floor, ...rest].map(({ name, cpu, elapsed }) => {
    return [name, whole(cpu), ratio(cpu / floor.cpu), thousands(elapsed)]
  }),
  not: `disks, replicas, a network. Records a second are the mock cluster's limit, not the client's: it is
JavaScript, too, and checks each record. CPU is the client process's alone, its system calls included.
Records of 100 bytes, idempotent, \`batch.size\` 131072.`,
})
