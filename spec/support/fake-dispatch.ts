import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import type {
  Answer,
  Dispatch,
  InitProducerIdResponse,
  ProduceBody,
  ProduceResponse,
} from '../../lib/sender/dispatch.ts'

// The cluster as the send stage sees it, controlled by a spec: every partition is led by node 1,
// which takes a limited number of requests at once, and answers on request.

export interface FakeRequest {
  readonly body: ProduceBody
  readonly answer: Answer<ProduceResponse>
}

export class FakeDispatch implements Dispatch {
  readonly requests: FakeRequest[] = []
  readonly learned: ProduceResponse[] = []
  slots = 5
  #open = 0

  leaderOf(): number {
    return 1
  }

  leaderEpochOf(): number {
    return 0
  }

  topicIdOf(): string {
    return 'AAAAAAAAAAAAAAAAAAAAAA'
  }

  canSend(): boolean {
    return this.#open < this.slots
  }

  produceVersion(): number {
    return 9
  }

  produce(_node: number, _version: number, body: ProduceBody, answer: Answer<ProduceResponse>) {
    this.#open += 1
    this.requests.push({ body, answer })
  }

  initProducerId(answer: Answer<InitProducerIdResponse>): void {
    answer.answered({ throttleTimeMs: 0, errorCode: 0, producerId: 7n, producerEpoch: 0 })
  }

  refresh(): void {}

  learn(response: ProduceResponse): void {
    this.learned.push(response)
  }

  /** Answers the oldest request, with the same result for each of its partitions. */
  answer({ baseOffset = 0n, logAppendTimeMs = -1n, errorCode = 0 } = {}): void {
    const { body, answer } = this.#shift()
    answer.answered({
      throttleTimeMs: 0,
      nodeEndpoints: [],
      responses: body.topicData!.map(({ name = '', partitionData }) => ({
        name,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        partitionResponses: partitionData!.map(({ index = 0 }) => ({
          index,
          errorCode,
          baseOffset,
          logAppendTimeMs,
          logStartOffset: 0n,
          recordErrors: [],
          errorMessage: null,
          currentLeader: { leaderId: -1, leaderEpoch: -1 },
        })),
      })),
    })
  }

  /** The bytes of the oldest request, which gets no answer, have left. */
  written(): void {
    this.#shift().answer.written!()
  }

  /** The connection of the oldest request is lost. */
  lose(error: KafkaError): void {
    this.#shift().answer.failed(error)
  }

  #shift(): FakeRequest {
    this.#open -= 1
    return this.requests.shift()!
  }
}
