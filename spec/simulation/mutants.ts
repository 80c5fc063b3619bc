// Deliberate bugs, as data: each changes one place of the source. It must be found by the property named
// for it (any of those named) within so many runs of the simulation. A mutant that is never found shows a
// gap in the properties, or is not a bug.

/** One place of the source, and its replacement. */
export interface Edit {
  /** Relative to lib/. */
  readonly file: string
  /** Must occur there exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Mutant extends Edit {
  readonly name: string
  /** Further edits, each correct by itself, without which a run of this length would not get there. */
  readonly also?: readonly Edit[]
  readonly killedBy: readonly string[]
  readonly runs: number
  /** If the usual seed, 20, would take too long to get there. */
  readonly seed?: number
}

/** The compression estimate falls at once, so a few batches are enough to fill the next ones far. */
export const eagerRatio: Edit = {
  file: 'accumulator/ratio.ts',
  find: 'better: 0.005',
  replace: 'better: 0.5',
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no muting: a newer batch is sent before a failed one',
    file: 'sender/partition-line.ts',
    find: "const again = this.batches.find((batch) => batch.state === 'closed')",
    replace:
      "const again = this.lease !== null ? undefined : this.batches.find((batch) => batch.state === 'closed')",
    killedBy: ['wire order'],
    runs: 300,
  },
  {
    name: 'retry at the tail: the last failed batch is sent again first',
    file: 'sender/partition-line.ts',
    find: "const again = this.batches.find((batch) => batch.state === 'closed')",
    replace: "const again = this.batches.findLast((batch) => batch.state === 'closed')",
    killedBy: [
      'wire order',
      'every stream ends',
      'exactly one result per input',
      'the log keeps input order',
      'temporary faults do not fail records',
    ],
    runs: 1500,
  },
  {
    name: 'a fresh number on every retry',
    file: 'sender/partition-line.ts',
    find: 'if (batch.stamp !== null) return batch.stamp',
    replace: '',
    killedBy: [
      'idempotent: nothing is in the log twice',
      'the log keeps input order',
      'temporary faults do not fail records',
    ],
    runs: 1500,
  },
  {
    name: 'acknowledged when sent',
    file: 'sender/composer.ts',
    find: 'line.departed(batch, now, dispatch.topicIdOf(line.place))',
    replace:
      'line.departed(batch, now, dispatch.topicIdOf(line.place))\n    this.#outcomes.acknowledge(line, batch, -1, -1)',
    killedBy: ['an acknowledged record is in the log', 'an acknowledged record is at its offset'],
    runs: 3000,
  },
  {
    name: 'a request with acks=0 that could not be written is given up',
    file: 'sender/outcomes.ts',
    find: 'canRetry: this.#halted === null',
    replace: 'canRetry: this.#rules.acks !== 0 && this.#halted === null',
    killedBy: ['temporary faults do not fail records'],
    runs: 3000,
  },
  {
    name: 'a retriable error is reported to the user',
    file: 'sender/verdict.ts',
    find: '(error.retriable || numbering !== null) && batch.canRetry',
    replace: 'numbering !== null && batch.canRetry',
    killedBy: ['temporary faults do not fail records'],
    runs: 1500,
  },
  {
    name: 'batches of a lost connection are reported as not in the log',
    file: 'sender/verdict.ts',
    find: "  'NETWORK_EXCEPTION',\n",
    replace: '',
    killedBy: ["a record with persisted 'no' is not in the log"],
    runs: 1500,
  },
  {
    name: 'a second batch is sent before the first of a numbering is known to be in the log',
    file: 'sender/partition-line.ts',
    find: 'if (this.batches.length > 0 && !this.#mayFollow(topicId)) return null',
    replace: '',
    killedBy: ['temporary faults do not fail records'],
    runs: 3000,
  },
  {
    name: 'memory leaks when a batch expires or fails',
    file: 'accumulator/batch.ts',
    find: "    this.#move('fail')\n    if (!this.#onWire) this.#release()",
    replace: "    this.#move('fail')",
    killedBy: ['memory is returned'],
    runs: 600,
  },
  {
    name: 'memory of a split batch leaks',
    file: 'accumulator/batch.ts',
    find: '    this.#release()\n    this.reported()\n    return true',
    replace: '    this.reported()\n    return true',
    killedBy: ['memory is returned', 'memory is bounded'],
    runs: 600,
  },
  {
    name: 'a buffer is used again while the socket refers to it',
    file: 'accumulator/batch.ts',
    find: 'writeStamp(this.chunks, stamp)',
    replace:
      'writeStamp(this.chunks, stamp)\n    const { memory, writer } = this.#bytes\n    memory.give(writer.buffer)\n    memory.adopt(writer.buffer)',
    killedBy: ['the protocol is followed', 'temporary faults do not fail records'],
    runs: 1500,
  },
  {
    name: 'lost wake-up: a batch that lingered behind another is forgotten',
    file: 'accumulator/accumulator.ts',
    find: 'batch.due = true',
    replace: 'batch.due = batch === this.#queueOf(batch.place).head',
    killedBy: [
      'every stream ends',
      'exactly one result per input',
      'temporary faults do not fail records',
      'close ends',
      'every flush ends',
      'linger limits the wait',
    ],
    runs: 6000,
  },
  {
    name: 'lost wake-up: a partition that gets a leader is not checked again',
    file: 'sender/places.ts',
    find: 'if (line !== null) this.look(line)',
    replace: 'if (line !== null && !this.#homeless.has(line)) this.look(line)',
    killedBy: ['temporary faults do not fail records'],
    runs: 3000,
  },
  {
    name: 'staged records are written newest first',
    file: 'accumulator/staging.ts',
    find: 'return reversed(newest)',
    replace: 'return newest',
    killedBy: ['the log keeps input order'],
    runs: 3000,
  },
  {
    name: 'linger starts again with every record',
    file: 'accumulator/deadlines.ts',
    find: 'const dueAt = oldest.createdAt + this.#delayMs',
    replace: 'const dueAt = oldest.createdAt + this.#delayMs + 20 * oldest.count',
    killedBy: ['linger limits the wait'],
    runs: 6000,
  },
  {
    name: 'results of the second part of a split batch go to the records of the first',
    file: 'accumulator/split.ts',
    find: 'original: batch.roll.recordOf(from + index),',
    replace: 'original: batch.roll.recordOf(index),',
    killedBy: ['exactly one result per input', 'an acknowledged record is at its offset'],
    runs: 600,
  },
  {
    name: 'a late answer is applied to a batch that has expired',
    file: 'sender/outcomes.ts',
    find: '    if (batch.settled) {\n',
    replace: "    if (batch.state === 'acked') {\n",
    killedBy: ['memory is returned', 'exactly one result per input', 'threw'],
    runs: 6000,
  },
  {
    name: 'the time in the answer to a repeat is used as the time of its records',
    file: 'accumulator/batch.ts',
    find: 'this.attempts > 1 && ',
    replace: 'this.attempts < 1 && ',
    killedBy: ['an acknowledged record has the time in the log'],
    runs: 6000,
  },
  {
    name: "the broker's time is ignored",
    file: 'accumulator/batch.ts',
    find: 'this.#isNewestTime(logAppendTime) ? -1 : logAppendTime',
    replace: '-1',
    killedBy: ['an acknowledged record has the time in the log'],
    runs: 600,
  },
  {
    name: 'stale metadata is accepted',
    file: 'cluster/topology.ts',
    find: 'leaderEpoch >= partition.leaderEpoch || this.#isBelieved(partition)',
    replace: 'leaderEpoch >= -1',
    killedBy: ['leaders never go back'],
    runs: 3000,
  },
  {
    name: 'results are emitted before those of older batches',
    file: 'sender/partition-line.ts',
    find: "return this.batches[0]?.state === 'acked' ? this.batches.shift()! : null",
    replace:
      "const acked = this.batches.find((batch) => batch.state === 'acked')\n    if (acked !== undefined) this.remove(acked)\n    return acked ?? null",
    killedBy: ['results keep input order within a partition'],
    runs: 6000,
  },
  {
    name: 'the batch is checked against batch.size after the record was appended',
    file: 'accumulator/batch-bytes.ts',
    find: 'if (writer.count > 0) writer.limit',
    replace: 'if (writer.count > 1e9) writer.limit',
    killedBy: ['batch.size limits a batch'],
    runs: 1500,
    seed: 21,
  },
  {
    name: 'the count of requests in flight is not lowered when a request fails',
    file: 'sender/requests.ts',
    find: '    line.onWire -= 1\n    batch.landed()',
    replace: '    if (batch.lastError === null) line.onWire -= 1\n    batch.landed()',
    killedBy: [
      'temporary faults do not fail records',
      'every stream ends',
      'exactly one result per input',
    ],
    runs: 12000,
  },
  {
    name: 'waiting records do not get memory when it is returned',
    file: 'stages/accumulate.ts',
    find: "options.turn.on('serve', () => this.#serve())",
    replace: '',
    killedBy: [
      'temporary faults do not fail records',
      'every stream ends',
      'exactly one result per input',
    ],
    runs: 6000,
  },
  {
    name: 'a promise of a serializer holds back no record',
    file: 'stages/serialize.ts',
    find: 'if (lanes !== undefined && envelope.failure === null) {',
    replace: 'if (lanes === undefined && envelope.failure === null && this.#lanes.size > 1e9) {',
    killedBy: ['the log keeps input order', 'results keep input order within a partition'],
    runs: 3000,
  },
  {
    name: 'a batch that is queued again does not count as waiting',
    file: 'accumulator/batch.ts',
    find: 'if (isWaiting(to) !== waited) this',
    replace: "if (isWaiting(to) !== waited && name !== 'retry') this",
    killedBy: ['no batch waits forever'],
    runs: 600,
  },
  {
    name: 'the bytes of a batch beyond batch.size do not count in buffer.memory',
    file: 'accumulator/memory.ts',
    find: '    this.#held += size\n',
    replace: '    this.#held += Math.min(size, this.#batchSize)\n',
    also: [eagerRatio],
    killedBy: ['memory is returned'],
    runs: 3000,
  },
  {
    name: 'lost wake-up: the end of a compression is not reported',
    file: 'accumulator/accumulator.ts',
    find: 'compressed: ({ place }) => this.#leaseIfDue(this.#queueOf(place)),',
    replace: 'compressed() {},',
    killedBy: [
      'temporary faults do not fail records',
      'every stream ends',
      'exactly one result per input',
      'every flush ends',
      'close ends',
    ],
    runs: 3000,
  },
  {
    name: 'a buffer is used again while another thread reads it',
    file: 'accumulator/batch-bytes.ts',
    find: 'if (this.#buffer === null || this.#isRead) return',
    replace: 'if (this.#buffer === null) return',
    killedBy: ['no buffer is written while it is read'],
    runs: 6000,
  },
  {
    name: 'flush does not wait for waiting records',
    file: 'stages/holding.ts',
    find: 'envelope.token.hold()',
    replace: 'envelope.token = null',
    killedBy: ['flush waits for every result'],
    runs: 3000,
  },
]
