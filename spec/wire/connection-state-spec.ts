import { describe, expect, it } from 'vitest'
import { type ConnectionState, move } from '../../lib/wire/connection-state.ts'

const path: readonly ConnectionState[] = [
  'connecting',
  'securing',
  'negotiating',
  'authenticating',
  'ready',
  'reauthenticating',
  'ready',
]

describe('the states of a connection', () => {
  it('lead to ready, and back to it from reauthenticating', () => {
    for (const [index, state] of path.slice(1).entries()) {
      expect(move(path[index]!, state)).toBe(state)
    }
  })

  it('may all end, once', () => {
    for (const state of path) expect(move(state, 'closed')).toBe('closed')
    expect(() => move('closed', 'closed')).toThrow('cannot go from closed to closed')
  })

  it('are never skipped, and never go back', () => {
    for (const [from, to] of [
      ['connecting', 'ready'],
      ['connecting', 'negotiating'],
      ['negotiating', 'ready'],
      ['negotiating', 'connecting'],
      ['ready', 'negotiating'],
      ['closed', 'connecting'],
    ] as const) {
      expect(() => move(from, to)).toThrow(`from ${from} to ${to}`)
    }
  })
})
