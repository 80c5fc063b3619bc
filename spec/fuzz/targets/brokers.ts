// The model of the mock cluster: every frame has a reaction, every answer can be read, and the logs
// contain whole batches with dense offsets, whatever was sent. The size of buffers is proportional
// to the frame and to its answer, the answer is proportional to everything that was sent, and the
// logs contain no more than that.

import { apis } from '../../../lib/protocol/apis.ts'
import { decodeResponse, encodeRequest, peekRequest } from '../../../lib/protocol/headers.ts'
import type { Api } from '../../../lib/protocol/message.ts'
import { ListOffsets } from '../../../lib/protocol/messages/list-offsets.ts'
import { Produce } from '../../../lib/protocol/messages/produce.ts'
import type { Reaction } from '../../../lib/testing/exchange.ts'
import { servedByKey } from '../../../lib/testing/served-apis.ts'
import { brokers, type MockBrokers } from '../../support/mock-brokers.ts'
import type { Dice } from '../dice.ts'
import { mangled } from '../mangle.ts'
import { nonsense, type World } from '../nonsense.ts'
import { bomb, oddBatch } from '../odd-batches.ts'
import { Pool } from '../pool.ts'
import { buffersOf, Finding, type Target } from '../target.ts'

/** After this number of cases, a log is checked and released. */
const casesMax = 500
/**
 * The buffers that a frame may cost: a constant, and a number of bytes for each of its own and of
 * its answer.
 */
const fixedBytes = 64 * 1024
/**
 * The largest contents of an lz4 block, in a buffer that doubles; a refused batch is read twice, to
 * name its records.
 */
const perByte = 2 * 4 * 255
const perAnswerByte = 4
/**
 * Of an answer, for each byte since the model began: Fetch may request the same log again and
 * again.
 */
const perByteSoFar = 200

interface Outcome {
  readonly text: string
  readonly answerBytes: number
}

export class Brokers implements Target {
  readonly name = 'brokers'
  readonly #pool = new Pool<Uint8Array>()
  #mock: MockBrokers = brokers({ autoCreateTopics: true })
  #cases = 0
  /** Bytes of frames since the model began. */
  #received = 0

  get outcomes(): number {
    return this.#pool.outcomes
  }

  run(dice: Dice): void {
    this.#cases += 1
    if (this.#cases % casesMax === 0) this.settle()
    const frame = this.#frame(dice)
    this.#received += frame.length
    let outcome = { text: '', answerBytes: 0 }
    const taken = buffersOf(() => {
      outcome = this.#react(dice, frame)
    })
    this.#pool.note(outcome.text, frame)
    this.#checkSizes(frame, outcome.answerBytes, taken)
  }

  settle(): void {
    const { model } = this.#mock
    let kept = 0
    for (const { name, partitions } of model.state.topics) {
      for (const { index, log } of partitions) {
        for (const { bytes, isMarker } of log.batches) kept += isMarker ? 0 : bytes.length
        let next = 0
        for (const { offset } of log.records()) {
          if (offset !== next) throw new Finding(`${name}-${index}: ${offset} at ${next}`, '')
          next += 1
        }
        if (next !== log.nextOffset) throw new Finding(`${name}-${index} ends at ${next}`, '')
      }
    }
    if (kept > this.#received) throw new Finding(`logs of ${kept} bytes`, '')
    if (model.violations.length > 1001) throw new Finding('too many violations', '')
    this.#mock = brokers({ autoCreateTopics: true })
    this.#received = 0
  }

  #frame(dice: Dice): Uint8Array {
    const kept = this.#pool.draw(dice)
    if (kept !== null) return mangled(dice, kept, this.#made(dice))
    const frame = this.#made(dice)
    return dice.percent(60) ? frame : mangled(dice, frame)
  }

  #made(dice: Dice): Uint8Array {
    const api = dice.percent(50) ? Produce : dice.pick(apis)
    const [min, max] = api.versions
    const version = min + dice.below(max - min + 1)
    const topicIds = this.#mock.model.state.topics.map(({ id }) => id)
    const world: World = { topicIds, records: oddBatch }
    const body =
      api === Produce && dice.percent(70)
        ? this.#produce(dice, topicIds[0]!)
        : nonsense(dice, api.request.fields, version, world)
    const facts = { correlationId: dice.int(32), clientId: dice.percent(90) ? 'fuzz' : null }
    return Buffer.concat(encodeRequest(api as Api, version, facts, body)).subarray(4)
  }

  /** What may be written to a log. */
  #produce(dice: Dice, topicId: string): unknown {
    const index = dice.below(2)
    const partitionData = [{ index, records: [dice.percent(3) ? bomb(dice) : oddBatch(dice)] }]
    const acks = dice.percent(90) ? -1 : dice.below(3) - 1
    return { acks, timeoutMs: 1000, topicData: [{ name: 't', topicId, partitionData }] }
  }

  #checkSizes(frame: Uint8Array, answerBytes: number, taken: number): void {
    // To find a time, one batch of the log is read for each requested partition.
    const isListing = frame.length > 2 && frame[0] === 0 && frame[1] === ListOffsets.key
    const read = isListing ? this.#received * (frame.length / 12) : frame.length
    if (taken > fixedBytes + perByte * read + perAnswerByte * answerBytes) {
      throw new Finding(`buffers of ${taken} bytes were asked for`, frame)
    }
    if (answerBytes > fixedBytes + perByteSoFar * this.#received) {
      throw new Finding(`an answer of ${answerBytes} bytes`, frame)
    }
  }

  #react(dice: Dice, frame: Uint8Array): Outcome {
    let reaction: Reaction
    try {
      reaction = this.#mock.exchange.receive(1 + dice.below(3), frame)
      if (reaction.waitMs > 0) reaction = reaction.again()
    } catch (error) {
      throw new Finding('no reaction', frame, error)
    }
    if (reaction.chunks === null) {
      const text = `${reaction.next} ${this.#mock.model.violations.length > 0}`
      return { text, answerBytes: 0 }
    }
    const [, newest] = this.#mock.model.settings.versions.ApiVersions
    const answer = Buffer.concat(reaction.chunks)
    return { text: answered(frame, answer, newest), answerBytes: answer.length }
  }
}

function answered(frame: Uint8Array, answer: Buffer, newestApiVersions: number): string {
  const { key, version } = peekRequest(frame)
  const api = servedByKey(key)
  if (api === undefined) throw new Finding('an answer to an API that is not served', frame)
  if (answer.readInt32BE(0) !== answer.length - 4) throw new Finding('a wrong size', frame)
  try {
    // An unknown ApiVersions is answered in the layout of version 0 (KIP-511).
    const known = api.name !== 'ApiVersions' || (version >= 0 && version <= newestApiVersions)
    const read = known ? version : 0
    const { body } = decodeResponse(api as Api, read, answer.subarray(4))
    return `${api.name} v${version} ${codesIn(body).join()}`
  } catch (error) {
    throw new Finding(`${api.name} v${version}: its answer can't be read`, frame, error)
  }
}

/** The different error codes of an answer. */
function codesIn(value: unknown, codes = new Set<number>()): number[] {
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    for (const [name, one] of Object.entries(value)) {
      if (name === 'errorCode') codes.add(one as number)
      else codesIn(one, codes)
    }
  }
  return [...codes].sort((a, b) => a - b)
}
