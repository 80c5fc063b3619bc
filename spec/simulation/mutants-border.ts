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
    killedBy: ['the protocol is followed', alone],
    runs: 600,
  },
  {
    name: 'a batch whose first record cannot be read keeps its memory',
    file: 'accumulator/batch.ts',
    find: 'if (!fits) this.fail()',
    replace: '',
    killedBy: ['memory is returned', 'memory is bounded'],
    runs: 600,
  },
  {
    name: 'an unreadable record is treated as a bug of the package',
    file: 'stages/accumulate.ts',
    find: 'if (!(thrown instanceof Unreadable)) throw thrown',
    replace: 'throw thrown',
    killedBy: [alone],
    runs: 600,
  },
  {
    name: 'a record that is pushed while another is read overtakes it',
    file: 'producer/engine.ts',
    find: 'if (this.#turn.running || this.#entrance.length > 0) {',
    replace: 'if (this.#inHand === null && (this.#turn.running || this.#entrance.length > 0)) {',
    killedBy: ['the log keeps input order'],
    runs: 600,
  },
  {
    name: 'an exception of onAcknowledgement ends the stream',
    file: 'producer/acknowledgements.ts',
    find: '      failed(thrown, interceptor)\n',
    replace: '      throw thrown\n',
    killedBy: [alone, 'every record has one result'],
    runs: 600,
  },
  {
    name: 'an exception of onSend fails its record',
    file: 'stages/intercept.ts',
    find: '      this.#options.report(error, interceptor)\n',
    replace:
      "      this.#options.report(error, interceptor)\n      failed(envelope, 'INVALID_RECORD', { cause: error })\n",
    also: [
      {
        file: 'stages/intercept.ts',
        find: "import { onward, operator, type Stage, unchanged } from './operator.ts'\n",
        replace:
          "import { failed } from './envelope.ts'\nimport { onward, operator, type Stage, unchanged } from './operator.ts'\n",
      },
    ],
    killedBy: [alone],
    runs: 600,
  },
  {
    name: "the rejection of a failed record's other promise is unhandled",
    file: 'stages/record-bytes.ts',
    find: 'if (isThenable(given)) watchRejection(given, nothing)',
    replace: 'if (isThenable(given)) return',
    killedBy: ['no rejection is unhandled'],
    runs: 600,
  },
  {
    name: 'the rejection of an asynchronous partitioner is unhandled',
    file: 'stages/placing.ts',
    find: '        watchRejection(chosen, nothing)\n',
    replace: '',
    killedBy: ['no rejection is unhandled'],
    runs: 3000,
  },
  {
    name: 'an invalid partition from a function is accepted',
    file: 'stages/placing.ts',
    find: 'return Number.isInteger(chosen) && (chosen as number) >= 0 && (chosen as number) < count',
    replace: "return typeof chosen === 'number' && (chosen as number) < count",
    killedBy: [alone],
    runs: 3000,
  },
  {
    name: 'a record that is pushed in the middle of an item gets between its records',
    file: 'operators/to-kafka-each.ts',
    find: 'if (!this.#isGiving) this.#give()',
    replace: 'this.#give()',
    killedBy: ['an item is emitted with its own results'],
    runs: 3000,
  },
  {
    name: 'a source that ends in the middle of an item drops the rest of the item',
    file: 'operators/to-kafka-each.ts',
    find: 'if (this.#isGiving) this.#end = end\n    else end()',
    replace: 'end()',
    killedBy: [
      'interceptors are told of every record once',
      'an item is emitted with its own results',
    ],
    runs: 3000,
  },
  {
    name: 'a flush does not wait for the record whose own code calls it',
    file: 'producer/engine.ts',
    find: 'if (this.#inHand !== null) this.#actors.holdings.wait(this.#inHand)',
    replace: '',
    killedBy: ['flush waits for every result'],
    runs: 3000,
  },
  {
    name: 'getters are read again after the check',
    file: 'stages/record-bytes.ts',
    find: 'envelope.topic = topic\n',
    replace: 'envelope.topic = record.topic\n',
    killedBy: [alone],
    runs: 1500,
  },
]
