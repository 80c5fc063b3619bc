import { describe, expect, it } from 'vitest'
import { Node, ReconnectPolicy } from '../../lib/cluster/node.ts'
import { ConnectionError } from '../../lib/errors/connection-error.ts'

const policy = new ReconnectPolicy(
  {
    backoff: { initialMs: 50, maxMs: 1_000 },
    setupTimeout: { initialMs: 10_000, maxMs: 30_000 },
  },
  () => 0.5,
)
const lost = new ConnectionError('DISCONNECTED', 'lost')
const setUp = () => new Node(1, { host: 'b1', port: 9092 }, policy)

describe('a node', () => {
  it('may be connected to at once at first', () => {
    expect(setUp().canConnect(0)).toBe(true)
  })

  it('waits longer after each failed attempt, and gives each attempt more time', () => {
    const node = setUp()
    const seen = [0, 1, 2, 3, 4, 5].map((turn) => {
      const now = turn * 10_000
      const timeout = node.attempt(now)
      node.disconnected(now, lost)
      return [timeout, node.retryAt - now]
    })

    expect(seen).toEqual([
      [10_000, 50],
      [20_000, 100],
      [30_000, 200],
      [30_000, 400],
      [30_000, 800],
      [30_000, 1_000],
    ])
  })

  it('may be connected to at the end of its wait, not before', () => {
    const node = setUp()
    node.attempt(0)
    node.disconnected(10, lost)
    expect([node.canConnect(59), node.canConnect(60)]).toEqual([false, true])
  })

  it('starts again once it was ready', () => {
    const node = setUp()
    for (const now of [0, 1_000, 2_000]) {
      node.attempt(now)
      node.disconnected(now, lost)
    }
    expect(node.isUnreachable).toBe(true)
    expect(node.attempt(3_000)).toBe(30_000)
    node.ready(5)
    expect(node.isUnreachable).toBe(false)
    node.disconnected(4_000, lost)

    expect(node.retryAt).toBe(4_050)
    expect(node.isUnreachable).toBe(false)
    expect(node.attempt(5_000)).toBe(10_000)
  })

  it('has nothing to wait for after the client closed it', () => {
    const node = setUp()
    node.attempt(0)
    node.ready(5)
    node.disconnected(10, null)
    expect(node.canConnect(10)).toBe(true)
  })
})
