import { describe, expect, it } from 'vitest'
import { moved, moves, type TransactionState } from '../../lib/sender/transaction-state.ts'

const states = Object.keys(moves) as TransactionState[]
const pairs = states.flatMap((from) => states.map((to) => [from, to] as const))

/**
 * Java 4.3.1: the allowed transitions, without two-phase commit and without its state of a poisoned
 * call.
 */
const java: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  uninitialized: ['ready', 'abortable'],
  initializing: ['uninitialized', 'committing', 'aborting'],
  ready: ['initializing', 'committing', 'aborting'],
  open: ['ready'],
  committing: ['open'],
  aborting: ['open', 'abortable'],
  abortable: ['open', 'committing', 'initializing', 'abortable'],
  fatal: states,
}

describe('the states of a transactional producer', () => {
  it.each(pairs)('%s → %s is allowed or refused as the table says', (from, to) => {
    if (moves[from].includes(to)) expect(moved(from, to)).toBe(to)
    else {
      const sentence = `a transaction that is ${from} cannot become ${to}`
      expect(() => moved(from, to)).toThrow(sentence)
    }
  })

  it('follow each other as in Java, unless a comment says why not', () => {
    const ours = pairs.filter(([from, to]) => moves[from].includes(to))
    const foreign = ours.filter(([from, to]) => !java[to].includes(from))
    expect(foreign).toEqual([
      // An InitProducerId that failed for lack of authorization or for time may be tried again.
      ['initializing', 'uninitialized'],
      // A forgotten topic appears again: its numbers start again under another epoch.
      ['ready', 'initializing'],
      // No broker has answered whether the transaction has ended.
      ['committing', 'uninitialized'],
      ['aborting', 'uninitialized'],
    ])
  })

  it('can all be left, except the last one, which can be reached from each', () => {
    for (const state of states) {
      if (state === 'fatal') expect(moves[state]).toEqual([])
      else expect(moves[state]).toContain('fatal')
    }
  })
})
