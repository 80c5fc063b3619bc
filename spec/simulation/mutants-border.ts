import type { Mutant } from './mutants.ts'

// Deliberate bugs at the border of user code, which only code that misbehaves can find
// (border-scenario.ts).

const alone = 'what user code does costs its own record alone'

export const borderMutants: readonly Mutant[] = [
  {
    name: 'a throw in the middle of an append leaves half a record in the batch',
    file: 'records/batch-writer.ts',
    find: 'this.length = writeHeaders(buffer, end, headers)',
    replace: 'this.length = end\n    this.length = writeHeaders(buffer, end, headers)',
    killedBy: ['the protocol is kept', alone],
    runs: 600,
  },
  {
    name: 'a batch whose first record cannot be read keeps its memory',
    file: 'accumulator/batch.ts',
    find: 'if (!fits) this.fail()',
    replace: '',
    killedBy: ['memory comes back', 'memory is bounded'],
    runs: 600,
  },
  {
    name: 'what cannot be read is taken for a bug of ours',
    file: 'stages/accumulate.ts',
    find: 'if (!(thrown instanceof Unreadable)) throw thrown',
    replace: 'throw thrown',
    killedBy: [alone],
    runs: 600,
  },
  {
    name: 'what is given in the middle of a record overtakes it',
    file: 'producer/engine.ts',
    find: 'if (this.#turn.running || this.#entrance.length > 0) {',
    replace: 'if (this.#inHand === null && (this.#turn.running || this.#entrance.length > 0)) {',
    killedBy: ['the log keeps input order'],
    runs: 600,
  },
  {
    name: 'what onAcknowledgement throws ends the stream',
    file: 'producer/acknowledgements.ts',
    find: '      failed(thrown, interceptor)\n',
    replace: '      throw thrown\n',
    killedBy: [alone, 'every record has one result'],
    runs: 600,
  },
  {
    name: 'what onSend throws fails its record',
    file: 'stages/intercept.ts',
    find: '      this.#options.report(error, interceptor)\n',
    replace:
      "      this.#options.report(error, interceptor)\n      failed(envelope, 'INVALID_RECORD', { cause: error })\n",
    also: [
      {
        file: 'stages/intercept.ts',
        find: "import { onward, operator, type Stage } from './operator.ts'\n",
        replace:
          "import { failed } from './envelope.ts'\nimport { onward, operator, type Stage } from './operator.ts'\n",
      },
    ],
    killedBy: [alone],
    runs: 600,
  },
  {
    name: 'nobody takes what the other promise of a failed record is rejected with',
    file: 'stages/record-bytes.ts',
    find: 'if (isThenable(given)) watchRejection(given, nothing)',
    replace: 'if (isThenable(given)) return',
    killedBy: ['no rejection is unhandled'],
    runs: 600,
  },
  {
    name: 'nobody takes what a partitioner that is asynchronous is rejected with',
    file: 'stages/placing.ts',
    find: '        watchRejection(chosen, nothing)\n',
    replace: '',
    killedBy: ['no rejection is unhandled'],
    runs: 3000,
  },
  {
    name: 'a partition that a function makes up is believed',
    file: 'stages/placing.ts',
    find: 'return Number.isInteger(chosen) && (chosen as number) >= 0 && (chosen as number) < count',
    replace: "return typeof chosen === 'number' && (chosen as number) < count",
    killedBy: [alone],
    runs: 3000,
  },
  {
    name: 'what is given in the middle of an item comes between its records',
    file: 'operators/to-kafka-each.ts',
    find: 'if (!this.#isGiving) this.#give()',
    replace: 'this.#give()',
    killedBy: ['an item leaves with its own results'],
    runs: 3000,
  },
  {
    name: 'a source that ends in the middle of an item takes the rest of it along',
    file: 'operators/to-kafka-each.ts',
    find: 'if (this.#isGiving) this.#end = end\n    else end()',
    replace: 'end()',
    killedBy: ['interceptors hear of every record once', 'an item leaves with its own results'],
    runs: 3000,
  },
  {
    name: 'a flush does not wait for the record whose own code asks for it',
    file: 'producer/engine.ts',
    find: 'if (this.#inHand !== null) this.#actors.holdings.wait(this.#inHand)',
    replace: '',
    killedBy: ['flush waits for every result'],
    runs: 3000,
  },
  {
    name: 'getters are asked again after they were checked',
    file: 'stages/record-bytes.ts',
    find: 'envelope.topic = topic\n',
    replace: 'envelope.topic = record.topic\n',
    killedBy: [alone],
    runs: 1500,
  },
]
