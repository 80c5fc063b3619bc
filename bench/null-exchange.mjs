// A broker that accepts every batch without checking it: it answers Produce with the right base offsets and counts
// records, batches and requests. The broker model answers all other requests. Used in memory by null-broker.mjs and
// behind a socket by broker.mjs.

import { decodeRequest, encodeResponse, peekRequest } from '../build/lib/protocol/headers.js'
import { BrokerModel } from '../build/lib/testing/broker-model.js'
import { Exchange } from '../build/lib/testing/exchange.js'
import { FaultScript } from '../build/lib/testing/fault-script.js'
import { RequestLog } from '../build/lib/testing/request-log.js'
import { servedByKey } from '../build/lib/testing/served-apis.js'

const produceKey = 0
/** The position in a batch of the number of its last record, counted from 0. */
const lastOffsetDeltaAt = 23

export class NullExchange extends Exchange {
  records = 0
  batches = 0
  requests = 0
  #ends = new Map()

  constructor(topic, partitions, options = {}) {
    const model = new BrokerModel({ now: () => Date.now(), ...options })
    model.state.createTopic(topic, { partitions })
    // Under TV2, Produce adds the partitions of a transaction, which is not checked here.
    model.features.transactionVersion = 1
    super(model, new FaultScript(), new RequestLog(0))
  }

  receive(broker, frame) {
    if (peekRequest(frame).key !== produceKey) return super.receive(broker, frame)
    const { api, version, correlationId, body } = decodeRequest(frame, servedByKey)
    this.requests += 1
    const responses = body.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index, records }) => this.#take(index, records)),
    }))
    const chunks = encodeResponse(api, version, correlationId, { responses, nodeEndpoints: [] })
    return { chunks, next: 'read', delayMs: 0, muteMs: 0, waitMs: 0 }
  }

  #take(index, batch) {
    const { buffer, byteOffset } = batch
    const count = new DataView(buffer, byteOffset).getInt32(lastOffsetDeltaAt) + 1
    const baseOffset = this.#ends.get(index) ?? 0
    this.#ends.set(index, baseOffset + count)
    this.records += count
    this.batches += 1
    return { index, errorCode: 0, baseOffset: BigInt(baseOffset), recordErrors: [] }
  }
}
