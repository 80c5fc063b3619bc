import type { Cluster } from '../cluster/cluster.ts'
import { Alarm } from '../collections/alarm.ts'
import type { Clock, Runtime } from '../runtime.ts'
import { addressText } from '../wire/address-text.ts'
import type { EventSource } from './events.ts'

// Warns about a producer that reaches no broker. Records wait, no error comes before max.block.ms or
// delivery.timeout.ms, and nothing is logged. So at a first run with a wrong port, or an unreachable
// advertised address, a user would see nothing at all.
//
// Invariant: at most one warning per producer, never once a record had its result, and never if events$ or
// a diagnostics channel has a listener. Owned by the engine.

/** Long enough for a slow cluster, and short enough for a user who watches a terminal. */
const silenceMs = 5_000
/** The maximum number of listed reasons. */
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

  /** Nothing is outstanding. */
  rest(): void {
    this.#alarm.clear()
  }

  /** A record has its result: either an answer came, or its error says why none did. */
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
