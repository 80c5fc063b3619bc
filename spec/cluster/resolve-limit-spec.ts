import { describe, expect, it } from 'vitest'
import { Cluster } from '../../lib/cluster/cluster.ts'
import { ResolveLimit } from '../../lib/cluster/resolve-limit.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { clusterOptions } from '../../lib/producer/cluster-options.ts'
import { type FakeSocket, fakeRuntime } from '../support/fake-runtime.ts'

const never = Number.POSITIVE_INFINITY

function limit(resolveTimeoutMs: number, ...hosts: readonly string[]): ResolveLimit {
  return new ResolveLimit({
    bootstrap: hosts.map((host) => ({ host, port: 9092 })),
    resolveTimeoutMs,
  })
}

describe('ResolveLimit', () => {
  it('counts only while something is outstanding', () => {
    const names = limit(100, 'a', 'b')
    expect(names.dueAt).toBe(never)
    names.wake(1_000)
    expect(names.dueAt).toBe(1_100)
    names.rest(1_070)
    expect(names.dueAt).toBe(never)
    names.wake(5_000)
    expect(names.dueAt).toBe(5_030)
  })

  it('is met for good by one name that resolves', () => {
    const names = limit(100, 'a', 'b')
    names.wake(0)
    names.met()
    expect(names.dueAt).toBe(never)
    names.rest(10)
    names.wake(20)
    expect(names.dueAt).toBe(never)
  })

  it.each([
    ['without a limit', 0, ['a']],
    ['where an IPv4 address is among them', 100, ['a', '10.0.0.1']],
    ['where an IPv6 address is among them', 100, ['::1', 'a']],
  ])('is met from the beginning %s', (_, ms, hosts) => {
    const names = limit(ms, ...hosts)
    names.wake(0)
    expect(names.dueAt).toBe(never)
  })

  it('names the hosts, the limit and the last reason', () => {
    const error = limit(100, 'a', 'b').error(null)
    expect(error).toMatchObject({ code: 'BOOTSTRAP_UNRESOLVED', limitMs: 100, retriable: false })
    expect(error.message).toContain('a:9092, b:9092')
    expect(error.message).toContain('bootstrap.resolve.timeout.ms (100 ms)')
  })
})

describe('a cluster with a limit on its bootstrap names', () => {
  const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })

  function setUp(fate: (socket: FakeSocket) => void) {
    const runtime = fakeRuntime()
    const { clock, transport } = runtime
    const log: string[] = []
    transport.onConnect = (socket) => clock.soon(() => fate(socket))
    const settings = resolveConfig({
      'bootstrap.servers': 'a:9092,b:9092',
      'bootstrap.resolve.timeout.ms': 5_000,
      'socket.connection.setup.timeout.ms': 60_000,
      'socket.connection.setup.timeout.max.ms': 60_000,
    })
    const cluster = new Cluster(clusterOptions(settings, 'me'), runtime, {
      changed() {},
      slot() {},
      fatal: (error) => log.push(`${clock.now()} ${error.code}`),
    })
    cluster.use('t')
    cluster.setActive(true)
    return { clock, cluster, log, transport }
  }

  it.each([
    ['do not resolve', (socket: FakeSocket) => socket.close(unknown)],
    ['never finish resolving', () => {}],
  ])('ends if they %s, once, when the time is over', (_, fate) => {
    const { clock, cluster, log } = setUp(fate)
    clock.advance(4_999)
    expect(log).toEqual([])
    clock.advance(60_000)
    expect(log).toEqual(['5000 BOOTSTRAP_UNRESOLVED'])
    cluster.setActive(false)
    cluster.close()
    clock.settle()
    expect(clock.pending).toBe(0)
  })

  it('does not end if one resolves, even if nothing ever answers there', () => {
    const { clock, log, transport } = setUp((socket) => {
      if (socket.address.host === 'a') socket.close(unknown)
      else socket.resolve()
    })
    clock.advance(50_000)
    expect(transport.sockets.map(({ address }) => address.host)).toContain('b')
    expect(log).toEqual([])
  })

  it('does not count time while nothing is outstanding', () => {
    const { clock, cluster, log } = setUp((socket) => socket.close(unknown))
    clock.advance(3_000)
    cluster.setActive(false)
    clock.advance(100_000)
    cluster.setActive(true)
    clock.advance(1_999)
    expect(log).toEqual([])
    clock.advance(1)
    expect(log).toEqual(['105000 BOOTSTRAP_UNRESOLVED'])
  })
})
