import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { TapeWeather } from './tape-weather.ts'
import type { TransactionsHistory } from './transactions-oracle.ts'
import {
  brokerCount,
  type Deed,
  type Owner,
  partitionCount,
  type TransactionsScenario,
} from './transactions-scenario.ts'

// The cluster of a run of transactions: what happens to it, how it is healed, and what a `read_committed`
// reader gets from it at the end.

export const topic = 't'
export const group = 'g'
/** Its partitions are read: each transaction that commits offsets has one of its own. */
export const sourceTopic = 'in'

/** The transactional ids. A pool puts numbers behind its own. */
export const idOf: Readonly<Record<Owner, string>> = { a: 'id', twin: 'id', pool: 'pool' }

/** Whom it tells what it hears. */
export type Heard = Pick<TransactionsHistory, 'identities' | 'takeovers'>

export class TransactionsCluster {
  readonly simulated: SimulatedCluster
  readonly weather: TapeWeather
  #clock: VirtualClock
  #history: Heard
  #completionMs: number
  /** Whose next EndTxn comes at the moment of a takeover: about that Kafka has the most to say. */
  readonly #lurking = new Set<Owner>()

  constructor(
    {
      version,
      completionMs,
      tape,
    }: Pick<TransactionsScenario, 'version' | 'completionMs' | 'tape'>,
    clock: VirtualClock,
    { history, sourcePartitions }: { history: Heard; sourcePartitions: number },
  ) {
    this.#clock = clock
    this.#history = history
    this.#completionMs = completionMs
    this.weather = new TapeWeather(tape)
    this.simulated = new SimulatedCluster({
      brokers: brokerCount,
      version,
      weather: this.weather,
      topics: {
        [topic]: { partitions: partitionCount },
        [sourceTopic]: { partitions: sourcePartitions },
      },
      requestsMax: 1,
    })
    this.simulated.completeTransactionsAfter(completionMs)
    // With Kafka microseconds; a coordinator that is slow here is slow there, so that requests come into them.
    this.simulated.fenceTransactionsAfter(Math.min(completionMs / 2, 30))
    this.#listen()
  }

  perform(deed: Deed): void {
    const { simulated } = this
    switch (deed.kind) {
      case 'coordinator':
        this.#moveCoordinators(deed)
        return
      case 'leader':
        simulated.moveLeader(topic, deed.partition, deed.broker)
        return
      case 'restart':
        simulated.stopBroker(deed.broker)
        this.#after(deed.ms, () => simulated.startBroker(deed.broker))
        return
      case 'pause':
        simulated.pauseBroker(deed.broker)
        this.#after(deed.ms, () => simulated.resumeBroker(deed.broker))
        return
      case 'reply': {
        const fault = simulated.on(deed.api, { nth: 1, times: deed.times })
        fault.reply(deed.error, { appended: deed.appended })
        return
      }
      case 'cut': {
        const fault = simulated.on(deed.api, { nth: 1, times: deed.times })
        if (deed.appended) fault.closeAfterAppend()
        else fault.closeBeforeAppend()
        return
      }
      case 'hang':
        simulated.on(deed.api, { nth: 1 }).hang()
        return
      case 'slow':
        simulated.on(deed.api, { nth: 1 }).delay(deed.ms)
        return
      case 'fence':
        if (this.#clock.now() % 2 === 0) this.#takeOver(deed.owner)
        else this.#lurking.add(deed.owner)
        return
      case 'protocol':
        simulated.setTransactionVersion(deed.level)
        return
    }
  }

  /** Everything works again. */
  heal(): void {
    const { simulated } = this
    this.weather.calm()
    simulated.clearFaults()
    this.#listen()
    for (let broker = 1; broker <= brokerCount; broker += 1) {
      simulated.resumeBroker(broker)
      simulated.startBroker(broker)
    }
    for (let index = 0; index < partitionCount; index += 1) {
      if (simulated.leaderOf(topic, index) === -1) {
        simulated.moveLeader(topic, index, 1 + (index % brokerCount))
      }
    }
    for (const key of [idOf.a, `${idOf.pool}-0`, `${idOf.pool}-1`]) {
      if (simulated.coordinatorOf('transaction', key) === -1)
        simulated.moveCoordinator('transaction', key, 1)
    }
    if (simulated.coordinatorOf('group', group) === -1) simulated.moveCoordinator('group', group, 1)
    simulated.completeTransactionsAfter(Math.min(this.#completionMs, 60))
    simulated.fenceTransactionsAfter(0)
  }

  /** Looks at what is committed. */
  read(history: TransactionsHistory): void {
    const { simulated } = this
    history.visible = simulated.committedRecords(topic).map((record) => {
      const [attempt, index] = record.valueText!.split('/').map(Number)
      return {
        attempt: attempt!,
        index: index!,
        partition: record.partition,
        offset: record.offset,
      }
    })
    history.offsets = simulated.committedOffsets(group).map(({ offset }) => offset)
  }

  /** What stays undecided forever. */
  *undecided(): Iterable<string> {
    for (const id of [idOf.a, `${idOf.pool}-0`, `${idOf.pool}-1`]) {
      const state = this.simulated.transaction(id)?.state ?? 'Empty'
      if (state === 'Ongoing' || state.startsWith('Prepare')) yield `${id} is ${state}`
    }
  }

  /** A stranger takes an id: it asks, and again if it is told to wait. */
  #takeOver(owner: Owner): void {
    if (this.simulated.fenceProducer(owner === 'a' ? idOf.a : `${idOf.pool}-0`)) {
      this.#history.takeovers.push({ owner, at: this.#clock.now() })
    } else this.#after(20, () => this.#takeOver(owner))
  }

  #moveCoordinators({ of, broker, loadMs }: Extract<Deed, { kind: 'coordinator' }>): void {
    const keys = of === 'group' ? [group] : [idOf.a, `${idOf.pool}-0`]
    for (const key of keys) this.simulated.moveCoordinator(of, key, broker, { loadMs })
  }

  /** Notes who asks for an identity as one that has none, and who uses one. */
  #listen(): void {
    const { identities } = this.#history
    this.simulated.on('InitProducerId').call((request) => {
      if (request.api !== 'InitProducerId' || request.body.producerId !== -1n) return
      identities.push({ owner: ownerOf(request), kind: 'asked', at: this.#clock.now() })
    })
    this.simulated.on('EndTxn').call((request) => {
      const owner = ownerOf(request)
      if (this.#lurking.delete(owner)) this.#takeOver(owner)
    })
    this.simulated.on('Produce').call((request) => {
      identities.push({ owner: ownerOf(request), kind: 'used', at: this.#clock.now() })
    })
  }

  #after(ms: number, act: () => void): void {
    this.#clock.at(this.#clock.now() + ms, act)
  }
}

/** Producers have the names of their owners. */
function ownerOf({ clientId }: { readonly clientId: string | null }): Owner {
  return clientId as Owner
}
