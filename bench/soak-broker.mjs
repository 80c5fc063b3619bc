// The broker of the soak, in its own process. It takes a limited number of records a second (while it is busy it
// reads nothing, so TCP holds the client back), checks the numbering and the checksum of each batch, counts its
// records and drops it. The mock cluster answers everything except Produce. Started by soak.mjs: soak-broker.mjs
// <records a second>.

import { decodeRequest, encodeResponse, peekRequest } from '../build/lib/protocol/headers.js'
import { checkFrame } from '../build/lib/records/batch-reader.js'
import { BrokerModel } from '../build/lib/testing/broker-model.js'
import { BrokerServer } from '../build/lib/testing/broker-server.js'
import { Exchange } from '../build/lib/testing/exchange.js'
import { FaultScript } from '../build/lib/testing/fault-script.js'
import { RequestLog } from '../build/lib/testing/request-log.js'
import { servedByKey } from '../build/lib/testing/served-apis.js'

const rate = Number(process.argv[2])
const produceKey = 0
let taken = 0
const violations = []

/** The end of each partition's log, and the next number of each producer on it. */
const ends = new Map()
const numbers = new Map()

function take(index, records) {
  const { producerId, baseSequence, lastOffsetDelta } = checkFrame(records)
  const producer = `${producerId} on ${index}`
  const expected = numbers.get(producer) ?? 0
  if (baseSequence !== expected) violations.push(`${producer}: ${baseSequence}, not ${expected}`)
  const count = lastOffsetDelta + 1
  numbers.set(producer, baseSequence + count)
  const baseOffset = ends.get(index) ?? 0
  ends.set(index, baseOffset + count)
  taken += count
  return { index, errorCode: 0, baseOffset: BigInt(baseOffset), recordErrors: [] }
}

class Throttled extends Exchange {
  #freeAt = 0

  receive(broker, frame) {
    if (peekRequest(frame).key !== produceKey) return super.receive(broker, frame)
    const before = taken
    const { api, version, correlationId, body } = decodeRequest(frame, servedByKey)
    const responses = body.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index, records }) => take(index, records)),
    }))
    const chunks = encodeResponse(api, version, correlationId, { responses, nodeEndpoints: [] })
    const now = performance.now()
    this.#freeAt = Math.max(now, this.#freeAt) + ((taken - before) / rate) * 1000
    return { chunks, next: 'read', delayMs: this.#freeAt - now, muteMs: 0, waitMs: 0 }
  }
}

const model = new BrokerModel({ now: () => Date.now() })
model.state.createTopic('soak', { partitions: 12 })
const [broker] = model.state.brokers
const exchange = new Throttled(model, new FaultScript(), new RequestLog(0))
broker.port = await new BrokerServer(broker.id, exchange).start('127.0.0.1', 0)
process.send({ bootstrapServers: `127.0.0.1:${broker.port}` })

process.on('message', () =>
  process.send({ taken, violations: [...model.violations, ...violations] }),
)
process.on('disconnect', () => process.exit())
