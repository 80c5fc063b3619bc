// The cost of TLS: the same records to the same broker, without TLS and with TLS 1.3. The broker is its own process,
// which answers and checks nothing. The figures are those of the client only.

import { KafkaProducer } from '../build/lib/index.js'
import { startBroker } from './broker-process.mjs'
import { throughOperator } from './feeds.mjs'
import { measure, print, ratio, thousands, whole } from './measure.mjs'
import { values } from './records.mjs'

const scale = Number(process.env.BENCH_RECORDS ?? 1_000_000)
const warmUp = Math.min(50_000, scale)

function line(security, bytes, records) {
  const value = values(bytes)
  const record = (index) => ({ topic: 'bench', value: value(index) })
  const open = async () => {
    const broker = await startBroker('null', 12, security)
    const producer = new KafkaProducer({
      'bootstrap.servers': broker.bootstrapServers,
      'batch.size': 131_072,
      ...broker.settings,
    })
    await throughOperator(producer, warmUp, record)
    const close = async () => {
      await producer.close()
      await broker.stop()
    }
    return { run: () => throughOperator(producer, records, record), close }
  }
  return {
    name: `${bytes} bytes, ${security === 'SSL' ? 'TLS 1.3' : 'in the clear'}`,
    records,
    open,
  }
}

const lines = await measure([
  line('PLAINTEXT', 100, scale),
  line('SSL', 100, scale),
  line('PLAINTEXT', 1_024, scale),
  line('SSL', 1_024, scale),
])

print({
  title: 'TLS beside the clear',
  columns: ['line', 'CPU ns a record', '× in the clear', 'thousand records/s'],
  rows: lines.map(({ name, cpu, elapsed }, index) => {
    const clear = lines[index - (index % 2)]
    return [name, whole(cpu), ratio(cpu / clear.cpu), thousands(elapsed)]
  }),
  not: `a network, and brokers that look at what they get. CPU is the client process's alone, its system calls
included. Idempotent, \`batch.size\` 131072, without compression, 12 partitions. The cipher is the one that
Node and OpenSSL agree on first, TLS_AES_256_GCM_SHA384.`,
})
