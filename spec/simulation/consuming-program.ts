import { Observable, type Subscription } from 'rxjs'
import type { Committed } from '../../lib/operators/exactly-once.ts'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import type { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import type { ConsumingHistory } from './consuming-oracle.ts'
import { type ConsumingScenario, type Making, placeOf } from './consuming-scenario.ts'
import type { Library } from './library.ts'
import { group, idOf, sourceTopic, topic } from './transactions-cluster.ts'

// One program of a run: it reads the source from its group's offsets, makes records of it by exactlyOnce,
// and starts again after a failure, until it is fenced or everything is done.

/** What a program knows and uses. */
export interface ProgramParts {
  readonly scenario: ConsumingScenario
  readonly library: Library
  readonly clock: VirtualClock
  readonly cluster: SimulatedCluster
  readonly history: ConsumingHistory
  readonly producer: KafkaProducer<never, string>
  /** Its position in the order in which programs started. */
  readonly number: number
  /** The membership in its commits. */
  readonly membership: { readonly groupId: string; readonly generationId?: number }
}

/** A message: where it was read, and what is made of it. */
interface Read extends Making {
  readonly index: number
}

interface Made {
  readonly topic: string
  readonly partition: number
  readonly value: string
  readonly index: number
}

export class Program {
  /** It has committed everything. */
  isDone = false
  /** It can never commit again. */
  isFenced = false
  #parts: ProgramParts
  #hasId = false
  /** It is not subscribed, and will be. */
  #isBetween = false
  #subscription: Subscription | null = null
  /** Where its source can be made to fail. */
  #fail: ((error: Error) => void) | null = null
  /** After it was once too small: what is pushed cannot wait. */
  #isUnbounded = false
  /** Messages that its source gave, and that nothing was made of yet. */
  #waiting = 0

  constructor(parts: ProgramParts) {
    this.#parts = parts
  }

  /** Without the group's generation its id has to be taken before it reads where its group is. */
  begin(): void {
    if (this.isFenced || this.isDone) return
    const { scenario, producer } = this.#parts
    if (scenario.fencing === 'group' || this.#hasId) this.#subscribe()
    else {
      producer.initTransactions().then(
        () => {
          this.#hasId = true
          this.#subscribe()
        },
        (error) => this.#ended(error),
      )
    }
  }

  #subscribe(): void {
    if (this.isFenced || this.isDone) return
    const { library, scenario, producer, membership } = this.#parts
    const { every, maxMessages, fencing } = scenario
    this.#waiting = 0
    const through = library.exactlyOnce<Read, Made, never, string>(producer, {
      records: (message) => this.#records(message) as never,
      position: ({ index }) => ({ topic: sourceTopic, ...placeOf(index) }),
      group: membership,
      every: every.kind === 'timer' ? every.ms : this.#ticks(Math.max(20, every.ms)),
      maxMessages,
      maxWaiting: this.#isUnbounded ? Number.POSITIVE_INFINITY : scenario.maxWaiting,
      fencing,
    })
    this.#subscription = this.#source()
      .pipe(through)
      .subscribe({
        next: (committed) => this.#emitted(committed),
        error: (error) => this.#ended(error),
        complete: () => {
          this.isDone = true
        },
      })
  }

  /** Its source fails, or it unsubscribes; then it starts again. */
  break(kind: 'fail' | 'leave'): void {
    if (this.isFenced || this.isDone) return
    if (kind === 'fail' && this.#fail !== null) this.#fail(new Error('the source failed'))
    else if (kind === 'leave' && this.#subscription !== null) {
      this.#subscription.unsubscribe()
      this.#subscription = null
      this.#again(30)
    }
  }

  /** It stops, except for what is in flight. */
  end(): void {
    this.isFenced = true
    this.#subscription?.unsubscribe()
  }

  #emitted({ message, results }: Committed<Read, Made>): void {
    const { history, number } = this.#parts
    const isWhole = message !== undefined && results.every(({ record }) => record !== undefined)
    if (!isWhole) {
      history.violations.push(strange(-1)) // a bug may emit anything
      return
    }
    for (const { record } of results)
      if (record.index !== message.index) history.violations.push(strange(message.index))
    const places = results.map(({ partition, offset }) => ({ partition, offset }))
    history.emitted.push({ program: number, message: message.index, results: places })
  }

  #ended(error: unknown): void {
    const { code, retriable } = error as { code?: string; retriable?: boolean }
    const isOfSource = code === undefined
    this.#subscription = null
    this.#parts.history.codes.push(code ?? String(error))
    if (code === 'TRANSACTION_TOO_LARGE') this.#isUnbounded = true
    const mayGoOn = isOfSource || retriable || goOnAfter.includes(code)
    if (mayGoOn) this.#again(50)
    else this.isFenced = true
  }

  /** Starts again, unless that is about to happen. */
  #again(ms: number): void {
    if (this.#isBetween) return
    this.#isBetween = true
    this.#after(ms, () => {
      this.#isBetween = false
      this.begin()
    })
  }

  /** The messages that are not committed, once no transaction is undecided that may commit some. */
  #source(): Observable<Read> {
    const { library, producer, scenario } = this.#parts
    return new Observable<Read>((out) => {
      this.#fail = (error) => out.error(error)
      let isLeft = false
      const begin = () => {
        if (isLeft || out.closed) return
        if (this.#isUndecided) {
          this.#after(20, begin)
          return
        }
        const rest = this.#rest()
        if (scenario.source === 'pushed') this.#push(rest, out)
        else {
          const pulled = scenario.source === 'iterable' ? this.#pull(rest) : this.#pullSlowly(rest)
          out.add(library.paced(pulled, producer as never).subscribe(out))
        }
      }
      this.#after(1, begin)
      return () => {
        isLeft = true
        this.#fail = null
      }
    })
  }

  get #isUndecided(): boolean {
    const { cluster } = this.#parts
    return [idOf.a, `${idOf.pool}-0`].some((id) => {
      const state = cluster.transaction(id)?.state ?? 'Empty'
      return state === 'Ongoing' || state.startsWith('Prepare')
    })
  }

  #rest(): Read[] {
    const { cluster, scenario } = this.#parts
    const at = new Map(
      cluster.committedOffsets(group).map(({ partition, offset }) => [partition, offset]),
    )
    return scenario.messages
      .map((making, index) => ({ ...making, index }))
      .filter(({ index }) => {
        const { partition, offset } = placeOf(index)
        return offset >= (at.get(partition) ?? 0)
      })
  }

  *#pull(rest: readonly Read[]): Generator<Read> {
    for (const message of rest) yield this.#given(message)
  }

  async *#pullSlowly(rest: readonly Read[]): AsyncGenerator<Read> {
    for (const message of rest) {
      const { gapMs } = this.#parts.scenario
      if (gapMs > 0) await new Promise<void>((resolve) => this.#after(gapMs, resolve))
      yield this.#given(message)
    }
  }

  #push(rest: readonly Read[], out: { next(message: Read): void; complete(): void }): void {
    const { gapMs } = this.#parts.scenario
    for (const [number, message] of rest.entries())
      this.#after(number * gapMs, () => out.next(this.#given(message)))
    this.#after(rest.length * gapMs, () => out.complete())
  }

  #given(message: Read): Read {
    const { history } = this.#parts
    this.#waiting += 1
    history.mostWaiting = Math.max(history.mostWaiting, this.#waiting)
    return message
  }

  #records({ records, slowMs, index }: Read): Made[] | Observable<Made> {
    this.#waiting -= 1
    const { partition } = placeOf(index)
    const made = Array.from({ length: records }, (_, number) => {
      return { topic, partition, value: `${index}/${number}`, index }
    })
    if (slowMs === 0) return made
    return new Observable<Made>((out) => {
      for (const [number, one] of made.entries())
        this.#after((number + 1) * slowMs, () => out.next(one))
      this.#after((made.length + 1) * slowMs, () => out.complete())
    })
  }

  #ticks(ms: number): Observable<void> {
    return new Observable<void>((out) => {
      const tick = () => {
        if (out.closed) return
        out.next()
        this.#after(ms, tick)
      }
      this.#after(ms, tick)
    })
  }

  #after(ms: number, act: () => void): void {
    const { clock } = this.#parts
    clock.at(clock.now() + ms, act)
  }
}

/** Codes after which the offsets decide what to do: the same messages must not simply be given again. */
const goOnAfter = ['COMMIT_UNKNOWN', 'TRANSACTION_TOO_LARGE']

function strange(message: number) {
  return { property: 'results are those of their message', detail: `${message}` }
}
