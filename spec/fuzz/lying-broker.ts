// A broker on loopback that answers as a mock broker does, and sends wrong data from a random
// request on: changed fields, damaged bytes, other batches, or an end in the middle. It is never
// silent, which would only cost time, and names only its own address, so that nothing else is
// connected to.

import { createServer, type Server, type Socket } from 'node:net'
import { apiByKey } from '../../lib/protocol/apis.ts'
import { decodeResponse, encodeResponse, peekRequest } from '../../lib/protocol/headers.ts'
import type { Api } from '../../lib/protocol/message.ts'
import { FrameReader } from '../../lib/testing/frame-reader.ts'
import { brokers, type MockBrokers } from '../support/mock-brokers.ts'
import type { Dice } from './dice.ts'
import { mangled } from './mangle.ts'
import { twisted, type World } from './nonsense.ts'
import { oddBatch } from './odd-batches.ts'

type Struct = Record<string, unknown>

export class LyingBroker {
  readonly #server: Server
  #mock: MockBrokers = brokers()
  #dice: Dice | null = null
  /**
   * The number of requests that are answered honestly, and the percentage of wrong answers after
   * them.
   */
  #honest = 0
  #percent = 0

  private constructor() {
    // The client ends first: a reset in reply leaves none of its ports in TIME_WAIT.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket))
    this.#server.unref()
  }

  static async listening(): Promise<LyingBroker> {
    const broker = new LyingBroker()
    await new Promise<void>((done) => broker.#server.listen(0, '127.0.0.1', done))
    return broker
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port
  }

  /** Another case: a new cluster, with a few batches in partition 0 of topic `t`. */
  begin(dice: Dice): void {
    this.#dice = dice
    this.#honest = dice.below(7)
    this.#percent = dice.pick([20, 60, 100])
    this.#mock = brokers({ brokers: 1 })
    for (const broker of this.#mock.model.state.brokers) broker.port = this.port
    for (let left = 1 + dice.below(3); left > 0; left -= 1) {
      this.#mock.produce({ records: Array.from({ length: 1 + dice.below(3) }, () => ({})) })
    }
  }

  close(): void {
    this.#server.close()
  }

  #serve(socket: Socket): void {
    const dice = this.#dice
    const session = this.#mock.model.session()
    const frames = new FrameReader()
    socket.unref()
    socket.on('error', () => {})
    socket.on('end', () => socket.resetAndDestroy())
    socket.on('data', (chunk) => {
      frames.push(chunk)
      for (let frame = frames.next(); frame !== null; frame = frames.next()) {
        if (dice === null || dice !== this.#dice) socket.destroy()
        else this.#answer(socket, frame, this.#reaction(frame, session), dice)
      }
    })
  }

  /** What an honest broker would send; null: it would end the connection. */
  #reaction(
    frame: Uint8Array,
    session: ReturnType<MockBrokers['model']['session']>,
  ): Buffer | null {
    let reaction = this.#mock.exchange.receive(1, frame, session)
    if (reaction.waitMs > 0) reaction = reaction.again()
    return reaction.chunks === null ? null : Buffer.concat(reaction.chunks)
  }

  #answer(socket: Socket, question: Uint8Array, answer: Buffer | null, dice: Dice): void {
    this.#honest -= 1
    const isHonest = this.#honest >= 0 || !dice.percent(this.#percent)
    if (answer === null) socket.end()
    else if (isHonest) socket.write(answer)
    else this.#lie(socket, question, answer, dice)
  }

  #lie(socket: Socket, question: Uint8Array, answer: Buffer, dice: Dice): void {
    const { key, version } = peekRequest(question)
    const api = apiByKey(key)
    const kind = dice.below(100)
    if (kind < 10 || api === undefined) socket.end(answer.subarray(0, dice.below(answer.length)))
    else if (kind < 75) socket.write(this.#twisted(api, version, answer, dice))
    else socket.write(this.#mangled(api, version, answer, dice))
  }

  #twisted(api: Api, version: number, answer: Buffer, dice: Dice): Buffer {
    const topicIds = this.#mock.model.state.topics.map(({ id }) => id)
    const world: World = { topicIds, records: oddBatches }
    const { fields } = api.response
    try {
      const { correlationId, body } = decodeResponse(api, version, answer.subarray(4))
      const sway = dice.percent(50) ? sways[api.name] : undefined
      const swayed = sway === undefined ? body : sway(body as Struct, dice)
      const lie = twisted(dice, fields, swayed, version, world)
      const told = 'brokers' in lie ? { ...lie, brokers: this.#ownAddress(lie, dice) } : lie
      return Buffer.concat(encodeResponse(api, version, correlationId, told as never))
    } catch {
      return answer // which this version cannot express
    }
  }

  /**
   * A damaged answer of the right size; the honest one if the damaged one would name another
   * address.
   */
  #mangled(api: Api, version: number, answer: Buffer, dice: Dice): Buffer {
    const frame = mangled(dice, answer)
    const lie = frame.length < 4 ? Buffer.alloc(4) : frame
    lie.writeInt32BE(lie.length - 4)
    return api.name === 'Metadata' && !this.#isOwn(lie, version, api) ? answer : lie
  }

  #isOwn(answer: Buffer, version: number, api: Api): boolean {
    try {
      const { body } = decodeResponse(api, version, answer.subarray(4))
      return brokersOf(body as Struct).every(
        ({ host, port }) => host === '127.0.0.1' && port === this.port,
      )
    } catch {
      return true // it cannot be read, and so names no address
    }
  }

  #ownAddress(lie: Struct, dice: Dice): Struct[] {
    const host = dice.pick(['127.0.0.1', '[127.0.0.1]'])
    return brokersOf(lie).map((broker) => {
      const isPort = 0 < Number(broker['port']) && Number(broker['port']) < 65_536
      return { ...broker, host, port: isPort ? this.port : broker['port'] }
    })
  }
}

function brokersOf(body: Struct): readonly Struct[] {
  return (body['brokers'] ?? []) as Struct[]
}

/** Batches that any client may have written, at offsets near the requested ones. */
function oddBatches(dice: Dice): Buffer {
  const batches = Array.from({ length: dice.below(4) }, (_, index) => {
    const batch = oddBatch(dice)
    if (dice.percent(80)) batch.writeBigInt64BE(BigInt(index * 2 + dice.below(3)))
    return batch
  })
  return Buffer.concat(batches)
}

/** The most frequent targets of changes, which random choice would seldom hit: by API. */
const sways: Readonly<Record<string, (body: Struct, dice: Dice) => Struct>> = {
  Fetch: (body, dice) => {
    const errorCode = dice.percent(80) ? 0 : notLeader
    const change = () => ({ errorCode, records: oddBatches(dice) })
    return { ...body, responses: changed(body['responses'], change) }
  },
  ListOffsets: (body, dice) => {
    const errorCode = dice.percent(50) ? 0 : notLeader
    const change = () => ({ errorCode, offset: BigInt(dice.below(9)) })
    return { ...body, topics: changed(body['topics'], change) }
  },
  Metadata: (body, dice) => {
    const change = () => (dice.percent(50) ? null : {})
    return { ...body, topics: changed(body['topics'], change) }
  },
}
const notLeader = 6

/** Topics in which all partitions are changed, or left out. */
function changed(topics: unknown, change: () => Struct | null): Struct[] {
  return (topics as { readonly partitions: readonly Struct[] }[]).map((topic) => ({
    ...topic,
    partitions: topic.partitions.flatMap((one) => {
      const to = change()
      return to === null ? [] : [{ ...one, ...to }]
    }),
  }))
}
