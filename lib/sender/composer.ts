import type { Batch } from '../accumulator/batch.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { Clock } from '../runtime.ts'
import type { Dispatch } from './dispatch.ts'
import type { Identities } from './identity.ts'
import type { Outcomes } from './outcomes.ts'
import type { PartitionLine } from './partition-line.ts'
import type { Places } from './places.ts'
import type { Item } from './produce-request.ts'
import type { ReadyLines } from './ready-lines.ts'

// Composes one request: at most one batch of each line of a node, in turn, while there is room. A taken
// batch gets its number; a batch that the broker could not read fails here instead.
//
// Invariants: every line that had its turn is looked at again, except one whose batch did not fit: it is
// the first in the next request. A batch larger than a request is sent alone, so no line waits forever.
// Called by sender.ts for a node with a free slot.

export interface ComposerRules {
  /** The maximum bytes of batches in one request. */
  readonly maxRequestSize: number
}

export interface ComposerPorts {
  readonly dispatch: Pick<Dispatch, 'leaderOf' | 'leaderEpochOf' | 'topicIdOf' | 'produceVersion'>
  readonly clock: Clock
  readonly identity: Pick<Identities, 'current'>
  readonly places: Pick<Places, 'look'>
  readonly outcomes: Outcomes
  /** Something became known about a batch of the line. */
  readonly resolve: (line: PartitionLine) => void
  /** There is something to report. */
  readonly wake: () => void
}

/**
 * The maximum batches of a request: taking one costs some 20 µs, and a broker may lead ten thousand
 * partitions.
 */
const batchesMax = 512

export class Composer {
  #rules: ComposerRules
  #ports: ComposerPorts
  #outcomes: Outcomes

  constructor(rules: ComposerRules, ports: ComposerPorts) {
    this.#rules = rules
    this.#ports = ports
    this.#outcomes = ports.outcomes
  }

  /** Takes at most `most` batches for the node from its lines, and puts each line back where it belongs. */
  compose(node: number, lines: ReadyLines, most = Number.POSITIVE_INFINITY): Item[] {
    const { dispatch, clock, places } = this.#ports
    const now = clock.now()
    const version = dispatch.produceVersion(node)
    const items: Item[] = []
    let room = this.#rules.maxRequestSize
    const limit = Math.min(most, batchesMax)
    for (let left = lines.length; left > 0 && items.length < limit; left -= 1) {
      const line = lines.shift()!
      if (dispatch.leaderOf(line.place) !== node) {
        places.look(line)
        continue
      }
      const batch = this.#next(line, now, items.length === 0 ? Number.POSITIVE_INFINITY : room)
      if (batch === 'tooLarge') {
        lines.unshift(line)
        break
      }
      if (batch !== null && batch.produceVersionMin > version) {
        this.#uncarried(line, batch, node)
      } else if (batch !== null) {
        room -= batch.size
        this.#depart(line, batch, now)
        items.push({ line, batch })
      }
      places.look(line)
    }
    return items
  }

  /** The line's next batch; null if there is none after all. */
  #next(line: PartitionLine, now: number, room: number): Batch | 'tooLarge' | null {
    const { identity, dispatch } = this.#ports
    const turn = line.turn(identity.current, dispatch.topicIdOf(line.place))
    if (turn === null) return null
    if (turn !== 'new') {
      if (turn.notBefore > now) return null
      return turn.size > room ? 'tooLarge' : turn
    }
    const lease = line.lease!
    line.lease = null
    const batch = lease.take(room)
    if (batch !== null) return batch
    if (lease.since === null) return null
    line.lease = lease
    return 'tooLarge'
  }

  #depart(line: PartitionLine, batch: Batch, now: number): void {
    const { identity, dispatch } = this.#ports
    const stamp = line.stampFor(batch, identity.current)
    batch.depart(stamp, dispatch.leaderEpochOf(line.place))
    line.departed(batch, now, dispatch.topicIdOf(line.place))
  }

  /** The broker is too old for the batch's codec, so every attempt would fail. */
  #uncarried(line: PartitionLine, batch: Batch, node: number): void {
    const request = `Produce ${line.topic}-${line.partition}`
    const detail = `it needs Produce v${batch.produceVersionMin}, which the broker does not support`
    const { code, name } = errorCodes.UNSUPPORTED_COMPRESSION_TYPE
    const cause = new BrokerError(code, { request, detail, broker: node })
    this.#outcomes.fail(line, batch, { code: name, cause })
    this.#ports.resolve(line)
    this.#ports.wake()
  }
}
