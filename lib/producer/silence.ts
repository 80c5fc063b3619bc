import type { Cluster } from '../cluster/cluster.ts'
import { Alarm } from '../collections/alarm.ts'
import type { Clock, Runtime } from '../runtime.ts'
import { addressText } from '../wire/address-text.ts'
import type { EventSource } from './events.ts'

// Breaks the silence of a producer that reaches nobody: records wait, no error comes before
// max.block.ms or delivery.timeout.ms, and nothing is ever logged. So whoever runs the program for the
// first time, with a wrong port or an advertised address that leads nowhere, would see nothing at all.
// Invariant: at most one warning a producer, never once a record had its result, and never where
// somebody listens to events$ or to a diagnostics channel. Owned by the engine.

/** Long enough for a cluster that is slow, and short enough for one who watches a terminal. */
const silenceMs = 5_000
/** So many reasons are given. */
const reasonsMax = 3

export interface SilencePorts {
  readonly cluster: Pick<Cluster, 'nodes'>
  readonly events: Pick<EventSource, 'isListening'>
  readonly clock: Clock
  readonly warn: NonNullable<Runtime['warn']>
}

export class Silence {
  #ports: SilencePorts
  #alarm: Alarm
  #isOver = false

  constructor(ports: SilencePorts) {
    this.#ports = ports
    this.#alarm = new Alarm(ports.clock, () => this.#elapsed())
  }

  /** Something is outstanding from now on. */
  begin(): void {
    if (!this.#isOver) this.#alarm.set(this.#ports.clock.now() + silenceMs, true)
  }

  /** Nothing is. */
  rest(): void {
    this.#alarm.clear()
  }

  /** A record has its result: there was an answer, or an error that says why there was none. */
  end(): void {
    this.#isOver = true
    this.#alarm.clear()
  }

  #elapsed(): void {
    this.#isOver = true
    const { cluster, events, warn } = this.#ports
    const { nodes } = cluster
    const failures = nodes.filter(({ failure }) => failure !== null)
    const isReached = nodes.some(({ isReady }) => isReady)
    if (events.isListening || (failures.length === 0 && isReached)) return
    const reasons = failures.slice(0, reasonsMax).map(reasonOf)
    if (reasons.length === 0) {
      const asked = nodes.slice(0, reasonsMax).map(({ address }) => addressText(address))
      reasons.push(`no answer yet from ${asked.join(', ')}`)
    }
    const more = failures.length - reasons.length
    if (more > 0) reasons.push(`and ${more} more`)
    const hint =
      'the producer keeps trying; events$ has details, and { warnings: false } turns this warning off'
    warn(`nothing delivered for ${silenceMs / 1_000} s: ${reasons.join('; ')} (${hint})`, code)
  }
}

const code = 'TO_KAFKA_UNREACHABLE'

function reasonOf({ id, failure }: SilencePorts['cluster']['nodes'][number]): string {
  const advertised = id < 0 ? '' : `, which broker ${id} advertises (advertised.listeners)`
  return `${failure!.message}${advertised}`
}
