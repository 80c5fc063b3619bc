import { ConnectionError } from '../../lib/errors/connection-error.ts'
import { errorCodes, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { type Batch, checkBatch } from '../../lib/records/batch-reader.ts'
import type {
  Answer,
  Dispatch,
  InitProducerIdResponse,
  ProduceBody,
  ProduceResponse,
} from '../../lib/sender/dispatch.ts'
import type { PartitionState } from '../../lib/topics/topic-state.ts'

// Brokers under the control of a spec of the sender: no request is answered until the spec says so.
// Every batch is checked when it is sent, and again when its request is answered: its bytes must
// not have been changed in between.

/** The answer for one partition: an offset, an error, or all fields. */
export type Said = number | KafkaErrorName | Partial<PartitionPart>
type PartitionPart = ProduceResponse['responses'][number]['partitionResponses'][number]

export interface SentBatch {
  readonly topic: string
  readonly partition: number
  readonly values: readonly string[]
  readonly producerId: number
  readonly epoch: number
  readonly sequence: number
  readonly bytes: number
}

/** One Produce request and the way to give its one result. */
export class SentRequest {
  readonly node: number
  readonly version: number
  readonly body: ProduceBody
  readonly batches: readonly SentBatch[]
  isDone = false
  #answer: Answer<ProduceResponse>
  #copies: readonly { readonly chunks: readonly Uint8Array[]; readonly bytes: Buffer }[]

  constructor(node: number, version: number, body: ProduceBody, answer: Answer<ProduceResponse>) {
    this.node = node
    this.version = version
    this.body = body
    this.#answer = answer
    const parts = body.topicData.flatMap(({ name, partitionData }) =>
      partitionData.map(({ index, records }) => ({
        name,
        index,
        records: records as Uint8Array[],
      })),
    )
    this.#copies = parts.map(({ records }) => ({ chunks: records, bytes: Buffer.concat(records) }))
    this.batches = parts.map(({ name, index }, at) =>
      sentBatch(name!, index!, checkBatch(this.#copies[at]!.bytes)),
    )
  }

  /** Values of all its batches, `partition:a,b`. */
  get contents(): string {
    return this.batches.map(({ partition, values }) => `${partition}:${values}`).join(' ')
  }

  /** Everything is written, at these offsets; at 0 without one. */
  succeed(...offsets: number[]): void {
    this.reply(...this.batches.map((_, index) => offsets[index] ?? 0))
  }

  /** One word for each batch, in the order in which they were sent; 'none' leaves it out. */
  reply(...said: (Said | 'none')[]): void {
    this.respond(responseOf(this.body, said))
  }

  respond(response: Partial<ProduceResponse>): void {
    this.#done()
    this.#answer.answered({ responses: [], throttleTimeMs: 0, nodeEndpoints: [], ...response })
  }

  disconnect(error: KafkaError = new ConnectionError('DISCONNECTED', 'gone')): void {
    this.#done()
    this.#answer.failed(error)
  }

  timeOut(): void {
    this.disconnect(new ConnectionError('REQUEST_TIMEOUT', 'no answer'))
  }

  written(): void {
    this.#done()
    this.#answer.written!()
  }

  #done(): void {
    if (this.isDone) throw new Error('a request has one result')
    this.isDone = true
    for (const { chunks, bytes } of this.#copies) {
      if (!Buffer.concat(chunks).equals(bytes)) throw new Error('a batch changed on the wire')
    }
  }
}

export class ScriptedDispatch implements Dispatch {
  readonly sent: SentRequest[] = []
  readonly identities: Answer<InitProducerIdResponse>[] = []
  refreshes = 0
  /** The number of requests that one node takes without an answer. */
  slots = 5
  version = 12
  /** Leaders and their epochs by `topic-partition`; node 1 and epoch 0 by default. */
  readonly leaders = new Map<string, { node: number; epoch: number }>()
  readonly topicIds = new Map<string, string>()
  readonly closed = new Set<number>()
  onLearn: (response: ProduceResponse) => void = () => {}

  /** Sets the leader of a partition of the topic `t`. */
  lead(partition: number, node: number, epoch = 0): void {
    this.leaders.set(`t-${partition}`, { node, epoch })
  }

  /** Requests without a result, oldest first. */
  get open(): readonly SentRequest[] {
    return this.sent.filter(({ isDone }) => !isDone)
  }

  /** The oldest request without a result. */
  get first(): SentRequest {
    return this.nth(0)
  }

  nth(index: number): SentRequest {
    const request = this.open[index]
    if (request === undefined) throw new Error(`there are ${this.open.length} open requests`)
    return request
  }

  get contents(): readonly string[] {
    return this.sent.map(({ contents }) => contents)
  }

  giveIdentity(producerId = 7, producerEpoch = 0): void {
    const response = { throttleTimeMs: 0, errorCode: 0, producerId: BigInt(producerId) }
    this.#identity().answered({ ...response, producerEpoch } as InitProducerIdResponse)
  }

  refuseIdentity(name: KafkaErrorName): void {
    const { code } = errorCodes[name]
    const response = { throttleTimeMs: 0, errorCode: code, producerId: -1n, producerEpoch: -1 }
    this.#identity().answered(response as InitProducerIdResponse)
  }

  loseIdentity(error: KafkaError = new ConnectionError('DISCONNECTED', 'gone')): void {
    this.#identity().failed(error)
  }

  leaderOf({ topic, partition }: PartitionState): number {
    return this.leaders.get(`${topic}-${partition}`)?.node ?? 1
  }

  leaderEpochOf({ topic, partition }: PartitionState): number {
    return this.leaders.get(`${topic}-${partition}`)?.epoch ?? 0
  }

  topicIdOf({ topic }: PartitionState): string {
    return this.topicIds.get(topic) ?? zeroUuid
  }

  canSend(node: number): boolean {
    if (this.closed.has(node)) return false
    return this.open.filter((request) => request.node === node).length < this.slots
  }

  produceVersion(): number {
    return this.version
  }

  produce(node: number, version: number, body: ProduceBody, answer: Answer<ProduceResponse>): void {
    this.sent.push(new SentRequest(node, version, body, answer))
  }

  initProducerId(answer: Answer<InitProducerIdResponse>): void {
    this.identities.push(answer)
  }

  refresh(): void {
    this.refreshes += 1
  }

  learn(response: ProduceResponse): void {
    this.onLearn(response)
  }

  #identity(): Answer<InitProducerIdResponse> {
    const answer = this.identities.shift()
    if (answer === undefined) throw new Error('nobody asks for an identity')
    return answer
  }
}

/** A response to a request, with the result of each of its partitions, in order. */
export function responseOf(
  { topicData }: ProduceBody,
  said: readonly (Said | 'none')[],
): Partial<ProduceResponse> {
  let at = 0
  const responses = topicData.map(({ name, topicId, partitionData }) => ({
    name: name!,
    topicId: topicId!,
    partitionResponses: partitionData.flatMap(({ index }) => {
      const word = said[at++] ?? 0
      return word === 'none' ? [] : [partOf(index!, word)]
    }),
  }))
  return { responses }
}

function partOf(index: number, said: Said): PartitionPart {
  const silent = {
    index,
    errorCode: 0,
    baseOffset: -1n,
    logAppendTimeMs: -1n,
    logStartOffset: -1n,
    recordErrors: [],
    errorMessage: null,
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
  }
  if (typeof said === 'number') return { ...silent, baseOffset: BigInt(said) }
  if (typeof said === 'string') return { ...silent, errorCode: errorCodes[said].code }
  return { ...silent, ...said }
}

function sentBatch(topic: string, partition: number, { header, records }: Batch): SentBatch {
  return {
    topic,
    partition,
    values: records.map(({ value }) => Buffer.from(value ?? []).toString()),
    producerId: Number(header.producerId),
    epoch: header.producerEpoch,
    sequence: header.baseSequence,
    bytes: header.byteLength,
  }
}
