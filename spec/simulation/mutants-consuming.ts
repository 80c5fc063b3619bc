import type { Mutant } from './mutants.ts'

// Deliberate bugs in exactlyOnce, found by the regime of consume-transform-produce (consuming-scenario.ts).

const once = 'each message has its output exactly once'
const offsets = 'every offset is committed'
const emitted = 'what is emitted is committed'
const inTurn = 'a message is emitted once, in its turn'
const ends = 'everything ends'
const filled = 'a transaction is filled while another commits'
const stops = 'a paced source stops while records are awaited'
const calm = 'what nothing disturbs needs no second attempt'

export const consumingMutants: readonly Mutant[] = [
  {
    name: 'the time of a transaction counts while it waits for its turn',
    file: 'operators/units.ts',
    find: 'unit.run = this.#queue.join(events, { stopsSources: false })',
    replace: `unit.run = this.#queue.join(events, { stopsSources: true })
    const { every } = this.#settled
    const { clock } = this.#queue
    if (typeof every === 'number' && !unit.isOpen) this.#timer = clock.at(clock.now() + every, () => this.#boundary())`,
    killedBy: [filled],
    runs: 500,
  },
  {
    name: 'results are emitted when the commit is requested',
    file: 'producer/transaction-run.ts',
    find: "this.#state = 'committing'\n",
    replace:
      "this.#state = 'committing'\n    this.#events.committed(this.#entries as RecordMetadata[])\n",
    killedBy: [emitted, inTurn, ends],
    runs: 300,
  },
  {
    name: 'a transaction commits the offsets of the one that is being filled',
    file: 'operators/units.ts',
    find: '    offsets.give(group, send, failed,',
    replace: '    ;(this.#units.at(-1)?.offsets ?? offsets).give(group, send, failed,',
    killedBy: [once, offsets],
    runs: 500,
  },
  {
    name: 'the offset of a message is committed, not the next one',
    file: 'operators/source-offsets.ts',
    find: 'const end = read.offset + 1',
    replace: 'const end = read.offset',
    killedBy: [offsets, once],
    runs: 300,
  },
  {
    name: 'the group does not get the member that commits',
    file: 'sender/transaction-calls.ts',
    find: 'generationIdOrMemberEpoch: generationId,\n      memberId,',
    replace: "generationIdOrMemberEpoch: -1,\n      memberId: '',",
    killedBy: [once, inTurn],
    runs: 800,
  },
  {
    name: 'a paced source continues while records are awaited',
    file: 'operators/units.ts',
    find: 'this.#intake.isAwaiting = true',
    replace: 'this.#intake.isAwaiting = false',
    killedBy: [stops],
    runs: 300,
  },
  {
    name: 'a message overtakes an earlier one whose records are awaited',
    file: 'operators/units.ts',
    find: 'return this.#records === null && !this.#isTaking',
    replace: 'return !this.#isTaking',
    killedBy: [once, emitted, inTurn, calm, 'outputs are in the order of the messages'],
    runs: 500,
  },
  {
    name: 'a batch that fails while it waits to be sent again leaves its partition without numbers',
    file: 'sender/sender.ts',
    find: 'if (this.#transactions !== null) this.#resolve(line)',
    replace: '',
    killedBy: [ends],
    runs: 800,
    seed: 1,
  },
  {
    name: 'messages of an aborted transaction are reported as committed',
    file: 'producer/transaction-run.ts',
    find: "if (state === 'committing' && fault === null)",
    replace: 'if (fault === null)',
    killedBy: [emitted, inTurn, once],
    runs: 500,
  },
]
