import type { DecodedRequest } from '../../lib/protocol/headers.ts'
import type { Api, ResponseInput } from '../../lib/protocol/message.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { allVersions, answerTo, apiKeys, FakeBroker, type Ranges } from './fake-broker.ts'
import type { FakeRuntime, FakeSocket } from './fake-runtime.ts'

// A cluster at the other end of a FakeNetwork. It accepts connections and answers ApiVersions and
// Metadata itself, at once, and keeps every other request for the spec to answer. Answers are sent
// in the order of the requests. Broker n listens on `broker-n:9092`; a bootstrap address may have
// another name for it, with `alias`.

const denial = Object.assign(new Error('Access to this API has been restricted'), {
  code: 'ERR_ACCESS_DENIED',
})

export interface FakeTopic {
  id?: string
  error?: number
  /** Of each partition: the leader's id (-1: none), and its epoch. */
  partitions: (readonly [leader: number, epoch: number])[]
}

/** A request that was kept for the spec. */
export interface Asked {
  readonly broker: number
  readonly request: DecodedRequest
  answer<A extends Api>(api: A, body: ResponseInput<A>): void
}

export class FakeCluster {
  /** Ids of the running brokers. */
  readonly up: Set<number>
  /** Ids of the brokers in metadata. */
  readonly named: Set<number>
  /** Ids of brokers that neither accept connections nor refuse them. */
  readonly unreachable = new Set<number>()
  /** Ids of brokers to which the runtime does not allow connections. */
  readonly denied = new Set<number>()
  /** Ids of nodes that are not brokers: controllers, for example, which do not support Metadata. */
  readonly odd = new Set<number>()
  /** Ids of brokers that accept connections and requests, and never answer. */
  readonly silent = new Set<number>()
  /** Ids of brokers that answer everything but Metadata. */
  readonly reticent = new Set<number>()
  /** Addresses of brokers in metadata, if they are not at `broker-n:9092`. */
  readonly moved = new Map<number, { readonly host: string; readonly port: number }>()
  readonly topics = new Map<string, FakeTopic>()
  versions: Ranges = allVersions
  /** Error code of Metadata as a whole (v13). */
  metadataError = 0
  /** The events, as `12 connect 1` or `12 metadata 1 [orders]`: time, event, broker. */
  readonly log: string[] = []
  readonly asked: Asked[] = []
  /** Each ApiVersions request, as `1 v5`: broker and version. */
  readonly negotiated: string[] = []
  /** Of each ApiVersions request, the broker that the client means; null: any. */
  readonly meant: ({ readonly clusterId: string; readonly nodeId: number } | null)[] = []
  /** The id that metadata tell; null: none. */
  clusterId: string | null = null
  /** Ids of those that say that they are another broker than the client means. */
  readonly refuses = new Set<number>()
  readonly #runtime: FakeRuntime
  readonly #aliases = new Map<string, number>()

  constructor(runtime: FakeRuntime, ids: readonly number[]) {
    this.#runtime = runtime
    this.up = new Set(ids)
    this.named = new Set(ids)
    runtime.transport.onConnect = (socket) => this.#connecting(socket)
  }

  /** Makes `host` another name of a broker. */
  alias(host: string, id: number): void {
    this.#aliases.set(host, id)
  }

  /** Replaces all running and listed brokers. */
  replace(ids: readonly number[]): void {
    for (const id of this.up) this.cut(id)
    for (const set of [this.up, this.named]) {
      set.clear()
      for (const id of ids) set.add(id)
    }
  }

  /** Ends every connection to a broker, from the broker's side. */
  cut(id: number): void {
    for (const socket of this.#runtime.transport.open) {
      if (this.#idOf(socket) === id) socket.close(new Error('read ECONNRESET'))
    }
  }

  /** The open connections, as ids of brokers. */
  get connections(): number[] {
    return this.#runtime.transport.open.map((socket) => this.#idOf(socket))
  }

  /** The log since it was last read. */
  takeLog(): string[] {
    return this.log.splice(0)
  }

  #connecting(socket: FakeSocket): void {
    const id = this.#idOf(socket)
    this.#note(`connect ${id}`)
    const broker = new Desk(socket)
    socket.onWrite = () => this.#runtime.clock.soon(() => this.#serve(id, broker))
    this.#runtime.clock.soon(() => {
      if (socket.isDestroyed || socket.state !== 'connecting') return
      if (this.unreachable.has(id)) return
      if (this.denied.has(id)) socket.close(denial)
      else if (this.up.has(id)) socket.accept()
      else socket.refuse()
    })
  }

  #serve(id: number, broker: Desk): void {
    if (this.silent.has(id) || broker.socket.state !== 'open') return
    for (const request of broker.takeAll()) {
      const { version, correlationId } = request
      const answer = broker.reserve()
      if (request.api === ApiVersions) {
        this.negotiated.push(`${id} v${version}`)
        const { clusterId, nodeId } = (request as DecodedRequest<typeof ApiVersions>).body
        this.meant.push(clusterId === null ? null : { clusterId, nodeId })
        const isRefused = clusterId !== null && this.refuses.has(id)
        answer(this.#tellVersions(id, version, correlationId, isRefused))
      } else if (request.api === Metadata) {
        if (!this.reticent.has(id))
          answer(this.#tell(id, request as DecodedRequest<typeof Metadata>))
      } else {
        const answerLater: Asked['answer'] = (api, body) =>
          answer(answerTo({ api, version, correlationId }, body))
        this.asked.push({ broker: id, request, answer: answerLater })
      }
    }
  }

  #tellVersions(
    id: number,
    version: number,
    correlationId: number,
    isRefused: boolean,
  ): Uint8Array {
    const known = version <= (this.versions.find(([api]) => api === ApiVersions)?.[2] ?? version)
    const body = {
      errorCode: isRefused ? 129 : known ? 0 : 35,
      apiKeys: apiKeys(this.odd.has(id) ? [] : this.versions),
    }
    return answerTo({ api: ApiVersions, version: known ? version : 0, correlationId }, body)
  }

  #tell(id: number, request: DecodedRequest<typeof Metadata>): Uint8Array {
    const names = (request.body.topics ?? []).map(({ name }) => name ?? '')
    this.#note(`metadata ${id} [${names.join()}]`)
    return answerTo(request, {
      errorCode: request.version >= 13 ? this.metadataError : 0,
      ...(request.version >= 2 && { clusterId: this.clusterId }),
      brokers: [...this.named].map((nodeId) => ({ nodeId, ...this.#listener(nodeId) })),
      topics: names.map((name) => describe(name, this.topics.get(name), request.version)),
    })
  }

  #listener(nodeId: number) {
    return this.moved.get(nodeId) ?? { host: `broker-${nodeId}`, port: 9092 }
  }

  #note(what: string): void {
    this.log.push(`${this.#runtime.clock.now()} ${what}`)
  }

  #idOf({ address: { host } }: FakeSocket): number {
    return this.#aliases.get(host) ?? Number(/^broker-(\d+)$/.exec(host)?.[1] ?? -1)
  }
}

/** A broker that answers in the order of requests, whichever answer is ready first. */
class Desk extends FakeBroker {
  readonly #answers: { bytes: Uint8Array | null }[] = []

  /** A position in the order, for one answer. */
  reserve(): (bytes: Uint8Array) => void {
    const place = { bytes: null as Uint8Array | null }
    this.#answers.push(place)
    return (bytes) => {
      place.bytes = bytes
      while (this.#answers[0]?.bytes) this.socket.deliver(this.#answers.shift()!.bytes!)
    }
  }
}

function describe(name: string, topic: FakeTopic | undefined, version: number) {
  const { error = 0, partitions, id } = topic ?? { error: 3, partitions: [] }
  return {
    errorCode: error,
    name,
    ...(id !== undefined && version >= 10 ? { topicId: id } : {}),
    partitions: partitions.map(([leaderId, leaderEpoch], partitionIndex) => ({
      errorCode: leaderId < 0 ? 5 : 0,
      partitionIndex,
      leaderId,
      leaderEpoch,
      replicaNodes: [],
      isrNodes: [],
    })),
  }
}
