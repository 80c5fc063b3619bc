import type { Mutant } from './mutants.ts'

// Deliberate bugs in transactions, found by the regime of transactions (transactions-scenario.ts).

const whole = 'what is visible is whole transactions'
const committed = 'what was told to be committed is visible'
const aborted = 'what was told to be aborted is not visible'
const calm = 'what nothing disturbs is committed'
const unfenced = 'nobody is fenced without another producer'
const ends = 'everything ends'

export const transactionMutants: readonly Mutant[] = [
  {
    name: 'under TV1 the next transaction has the epoch of one whose EndTxn may still arrive',
    file: 'sender/transaction-identity.ts',
    find: 'if (this.#mayArrive) this.#needsBump = true',
    replace: '',
    killedBy: [aborted, whole],
    runs: 800,
    seed: 2,
  },
  {
    name: 'a transaction is committed before everything is acknowledged',
    file: 'producer/transaction-run.ts',
    find: "if (this.#state !== 'flushing' || this.#outstanding > 0 || this.#sending > 0) return",
    replace: "if (this.#state !== 'flushing' || this.#sending > 0) return",
    killedBy: [committed, whole, calm],
    runs: 300,
  },
  {
    name: 'a transaction is committed before its offsets are there',
    file: 'producer/transaction-run.ts',
    find: "if (this.#state !== 'flushing' || this.#outstanding > 0 || this.#sending > 0) return",
    replace: "if (this.#state !== 'flushing' || this.#outstanding > 0) return",
    also: [
      {
        file: 'producer/transaction-body.ts',
        find: 'this.#run.sendOffsets(given, () => {',
        replace: 'resolve()\n      this.#run.sendOffsets(given, () => {',
      },
    ],
    killedBy: [committed, whole, calm],
    runs: 300,
  },
  {
    name: 'an aborted transaction is reported as committed',
    file: 'producer/transaction-run.ts',
    find: "if (state === 'committing' && fault === null)",
    replace: 'if (fault === null)',
    killedBy: [committed],
    runs: 300,
  },
  {
    name: 'a failed record does not abort its transaction',
    file: 'producer/transaction-run.ts',
    find: "else if (this.#state !== 'aborting' && this.#state !== 'done') {",
    replace: 'else if (this.#outstanding < 0) {',
    killedBy: [committed, whole],
    runs: 300,
  },
  {
    name: 'EndTxn is sent while batches are in flight',
    file: 'sender/transactions.ts',
    find: 'if (!isEnding || this.#isEndAsked || !this.#sender.isQuiet()) return',
    replace: 'if (!isEnding || this.#isEndAsked) return',
    killedBy: [aborted, whole, committed, unfenced],
    runs: 800,
  },
  {
    name: 'the next epoch in the answer to EndTxn is not used',
    file: 'sender/transactions.ts',
    find: 'if (this.#isTv2 && producerId >= 0n && producerEpoch >= 0) {',
    replace: 'if (producerId < -1n) {',
    killedBy: [calm, unfenced],
    runs: 300,
  },
  {
    name: 'an unanswered commit is reported as aborted',
    file: 'sender/transactions.ts',
    find: "{ code: 'COMMIT_UNKNOWN', outcome: 'unknown', cause }",
    replace: "{ code: 'ABORTED', outcome: 'aborted', cause }",
    killedBy: [aborted],
    runs: 800,
  },
  {
    name: 'an abort of a transaction that never began ends the producer',
    file: 'sender/transactions.ts',
    find: 'if (isForgotten && !isCommit && !this.#isConfirmed) {',
    replace: 'if (isForgotten && isCommit && !this.#isConfirmed) {',
    killedBy: [unfenced, committed],
    runs: 800,
  },
  {
    name: 'under TV1 partitions are not added',
    file: 'sender/transaction-partitions.ts',
    find: ';(isAdded ? this.#added : this.#new).add(place)',
    replace: ';this.#added.add(place)',
    killedBy: [calm],
    runs: 300,
  },
  {
    name: 'what waits until the last transaction is complete is not sent then',
    file: 'sender/transactions.ts',
    find: 'this.#sender.admitted(this.#partitions.admitNew())',
    replace: 'this.#partitions.admitNew()',
    killedBy: [calm, committed, ends],
    runs: 800,
  },
  {
    name: 'an abort commits',
    file: 'sender/transaction-calls.ts',
    find: '({ transactionalId, ...identity, committed })',
    replace: '({ transactionalId, ...identity, committed: true })',
    killedBy: [aborted],
    runs: 300,
  },
  {
    name: 'a refused EndTxn counts as done',
    file: 'sender/coordinator.ts',
    find: 'const code = call.codeOf(response)',
    replace: "const code = call.name === 'EndTxn' ? 0 : call.codeOf(response)",
    killedBy: [committed, whole, unfenced],
    runs: 300,
  },
  {
    name: 'a commit at which the coordinator failed counts as done',
    file: 'sender/transactions.ts',
    find: 'this.#die(fatalFault(error, reaction, isCommit && isVague',
    replace:
      'if (isVague) return this.#ended(null)\n    this.#die(fatalFault(error, reaction, isCommit && isVague',
    killedBy: [committed],
    runs: 800,
  },
  {
    name: 'refused partitions and offsets count as added',
    file: 'sender/transaction-calls.ts',
    find: 'const failed = codes.filter((code) => code !== errorCodes.NONE.code)',
    replace: 'const failed = codes.filter((code) => code > 1000)',
    killedBy: [committed, whole],
    runs: 800,
  },
  {
    name: 'unsent batches of an aborted transaction are sent in the next one',
    file: 'producer/transaction-queue.ts',
    find: 'this.#ports.interrupt(run, code, cause)\n',
    replace: '\n',
    killedBy: [aborted, whole, ends, 'visible records are in order'],
    runs: 800,
  },
]
