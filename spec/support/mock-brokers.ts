// Sends requests to mock brokers without a socket: a request is encoded as a client would do it,
// and the answer is decoded likewise. `brokers({ topics: { t: 1 } }).ask(1, Produce, 9, { … })`.

import { decodeResponse, encodeRequest } from '../../lib/protocol/headers.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/protocol/message.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { BrokerModel, type ModelOptions } from '../../lib/testing/broker-model.ts'
import { Exchange, type Reaction } from '../../lib/testing/exchange.ts'
import { FaultScript } from '../../lib/testing/fault-script.ts'
import { RequestLog } from '../../lib/testing/request-log.ts'
import { type BatchSpec, batch } from './batches.ts'

export type MockBrokers = ReturnType<typeof brokers>

/** A model with topics `t` (two partitions) and `u` (one), and the exchange before it. */
export function brokers(options: Partial<ModelOptions> = {}) {
  const model = new BrokerModel({ brokers: 3, now: () => 1_000_000, ...options })
  model.state.createTopic('t', { partitions: 2 })
  model.state.createTopic('u')
  const script = new FaultScript()
  const log = new RequestLog(100)
  const exchange = new Exchange(model, script, log)

  function react<A extends Api>(broker: number, api: A, version: number, body: RequestInput<A>) {
    const frame = Buffer.concat(
      encodeRequest(api, version, { correlationId: 7, clientId: 'spec' }, body),
    )
    return exchange.receive(broker, frame.subarray(4))
  }

  function ask<A extends Api>(broker: number, api: A, version: number, body: RequestInput<A>) {
    return answerIn(api, version, react(broker, api, version, body))
  }

  /**
   * Produces one batch to `t-0`, or another partition, at its leader, broker 1, or another broker.
   */
  function produce(spec: BatchSpec | Uint8Array | null, to: Partial<Target> = {}) {
    const { topic = 't', partition = 0, broker = 1, version = 12, acks = -1 } = to
    const bytes = spec instanceof Uint8Array || spec === null ? spec : batch(spec)
    const records = bytes && [bytes]
    const topicId = to.topicId ?? model.state.topic(topic)?.id ?? 'nobodyHasThisId0000000'
    const topicData = [{ name: topic, topicId, partitionData: [{ index: partition, records }] }]
    const body = { acks, timeoutMs: 1000, topicData }
    const response = ask(broker, Produce, version, body)
    return response.responses[0]!.partitionResponses[0]!
  }

  return { model, script, log, exchange, react, ask, produce }
}

export interface Target {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly broker: number
  readonly version: number
  readonly acks: number
}

/** The response that a reaction sends. */
export function answerIn<A extends Api>(
  api: A,
  version: number,
  { chunks }: Reaction,
): ResponseOf<A> {
  if (!chunks) throw new Error('there was no answer')
  const frame = Buffer.concat(chunks)
  if (frame.readInt32BE(0) !== frame.length - 4)
    throw new Error('the size is not that of the frame')
  const { correlationId, body } = decodeResponse(api, version, frame.subarray(4))
  if (correlationId !== 7) throw new Error(`it answers request ${correlationId}`)
  return body
}
