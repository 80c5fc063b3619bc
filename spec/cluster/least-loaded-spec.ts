import { describe, expect, it } from 'vitest'
import { leastLoaded } from '../../lib/cluster/least-loaded.ts'
import { Node, ReconnectPolicy } from '../../lib/cluster/node.ts'
import type { Connection } from '../../lib/wire/connection.ts'

const policy = new ReconnectPolicy(
  { backoff: { initialMs: 50, maxMs: 50 }, setupTimeout: { initialMs: 1, maxMs: 1 } },
  () => 0.5,
)

interface Shape {
  state?: 'ready' | 'negotiating' | 'closed'
  inFlight?: number
  canSend?: boolean
  lastAttempt?: number
  retryAt?: number
}

/** Nodes 0, 1, … of these shapes. */
const nodes = (...shapes: Shape[]) =>
  shapes.map(({ state, inFlight = 0, canSend = state === 'ready', ...times }, id) => {
    const node = Object.assign(new Node(id, { host: `b${id}`, port: 1 }, policy), times)
    const connection = { state, inFlight, canSend: () => canSend }
    if (state !== undefined) node.connection = connection as unknown as Connection
    return node
  })

const choose = (all: Node[], chance = 0) => {
  const choice = leastLoaded(all, 100, () => chance)
  return 'node' in choice ? `${choice.kind} ${choice.node.id}` : choice.kind
}

describe('the least loaded node', () => {
  it('is one with nothing in flight, otherwise the one with the fewest requests', () => {
    const busy = { state: 'ready', inFlight: 3 } as const
    expect(choose(nodes(busy, { state: 'ready' }, busy))).toBe('usable 1')
    expect(choose(nodes(busy, { state: 'ready', inFlight: 2 }, busy))).toBe('usable 1')
  })

  it('is chosen at random among equals', () => {
    const idle = nodes({ state: 'ready' }, { state: 'ready' }, { state: 'ready' })
    expect([0, 0.4, 0.99].map((chance) => choose(idle, chance))).toEqual([
      'usable 0',
      'usable 1',
      'usable 2',
    ])
  })

  it('has a free slot', () => {
    expect(choose(nodes({ state: 'ready', canSend: false }))).toBe('none')
    expect(choose(nodes({ state: 'ready', canSend: false }, {}))).toBe('connectable 1')
  })

  it('is waited for while any node is connecting', () => {
    expect(choose(nodes({}, { state: 'negotiating' }))).toBe('connecting')
    expect(choose(nodes({ state: 'ready' }, { state: 'negotiating' }))).toBe('usable 0')
  })

  it('is the node that was tried longest ago if none is connected', () => {
    const tried = nodes({ lastAttempt: 30 }, { lastAttempt: 10 }, { lastAttempt: 20 })
    expect([0, 0.5, 0.99].map((chance) => choose(tried, chance))).toEqual([
      'connectable 1',
      'connectable 1',
      'connectable 1',
    ])
  })

  it('does not exist while all nodes have to wait or their sockets are still closing', () => {
    expect(choose(nodes({ retryAt: 101 }, { state: 'closed' }))).toBe('none')
    expect(choose(nodes({ retryAt: 100 }))).toBe('connectable 0')
    expect(choose([])).toBe('none')
  })
})
