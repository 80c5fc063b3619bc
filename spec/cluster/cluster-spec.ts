import { describe, expect, it } from 'vitest'
import { Cluster, type ClusterOptions } from '../../lib/cluster/cluster.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { allVersions, type Ranges } from '../support/fake-broker.ts'
import { FakeCluster } from '../support/fake-cluster.ts'
import { fakeRuntime } from '../support/fake-runtime.ts'

const defaults: ClusterOptions = {
  bootstrap: [{ host: 'broker-1', port: 9092 }],
  clientId: 'spec',
  softwareName: 'to-kafka',
  softwareVersion: '1.0',
  maxInFlight: 5,
  requestTimeoutMs: 30_000,
  maxIdleMs: 540_000,
  security: null,
  backoff: { initialMs: 50, maxMs: 1_000 },
  setupTimeout: { initialMs: 10_000, maxMs: 30_000 },
  metadata: {
    maxAgeMs: 300_000,
    maxIdleMs: 300_000,
    backoff: { initialMs: 100, maxMs: 1_000 },
  },
  rebootstrapAfterMs: 300_000,
}

const identity = { transactionalId: null, transactionTimeoutMs: 60_000 }
const granted = { throttleTimeMs: 0, errorCode: 0, producerId: 7n, producerEpoch: 0 }

/** The topics that a change affects, each once. */
function namesOf(topics: readonly { name: string }[], moved: readonly { topic: string }[]): string {
  return [
    ...new Set([...topics.map(({ name }) => name), ...moved.map(({ topic }) => topic)]),
  ].join()
}

/** A client's view of a fake cluster, and a log of everything that it reports. */
function setUp({ ids = [1, 2, 3], ...options }: Partial<ClusterOptions> & { ids?: number[] } = {}) {
  const runtime = fakeRuntime()
  const { clock } = runtime
  const kafka = new FakeCluster(runtime, ids)
  kafka.topics.set('orders', { partitions: ids.map((id) => [id, 5]) })
  const log: string[] = []
  const cluster: Cluster = new Cluster({ ...defaults, ...options }, runtime, {
    changed: ({ topics, moved }) => log.push(`changed ${namesOf(topics, moved)}`),
    slot: (node) => log.push(`slot ${node}`),
    fatal: (error) => log.push(`fatal ${error.code}`),
    connectFailed: (error) => log.push(`lost ${error.code}`),
    closed: () => log.push('closed'),
  })
  const handler = (name: string) => ({
    answered: () => log.push(`${name} answered`),
    failed: (error: { code: string }) => log.push(`${name} failed ${error.code}`),
    written: () => log.push(`${name} written`),
  })
  return {
    runtime,
    clock,
    kafka,
    cluster,
    log,
    takeLog: () => log.splice(0),
    /** Sends as a producer does: only if there is a slot. */
    ask: (node: number, name: string) => {
      if (!cluster.canSend(node)) return false
      cluster.send(node, InitProducerId, identity, handler(name))
      return true
    },
    askAny: (name: string) => cluster.sendToLeastLoaded(InitProducerId, identity, handler(name)),
    timers: () => clock.pending + clock.pendingInBackground,
  }
}

/** The same, where broker 1 is the bootstrap server, by a name that no broker is told to have. */
function setUpApart(options: Parameters<typeof setUp>[0] = {}) {
  const all = setUp({ bootstrap: [{ host: 'bootstrap', port: 9092 }], ...options })
  all.kafka.alias('bootstrap', 1)
  return all
}

/** The same, with the topic known and no request outstanding. */
function setUpKnown(options: Parameters<typeof setUp>[0] = {}) {
  const all = setUp(options)
  all.cluster.setActive(true)
  all.cluster.use('orders')
  all.clock.settle()
  all.takeLog()
  all.kafka.takeLog()
  return all
}

/** The same, and connected to node 1. */
function setUpConnected(options: Parameters<typeof setUp>[0] = {}) {
  const all = setUpKnown(options)
  all.cluster.canSend(1)
  all.clock.settle()
  all.takeLog()
  all.kafka.takeLog()
  return all
}

describe('a cluster at rest', () => {
  it('connects to no broker and sets no timer, whatever it is told', () => {
    const { cluster, clock, kafka, askAny, timers } = setUp()
    cluster.use('orders')
    cluster.requestUpdate()
    askAny('a')
    expect(cluster.canSend(-1)).toBe(false)
    clock.advance(1_000_000)

    expect(kafka.log).toEqual([])
    expect(timers()).toBe(0)
  })

  it('catches up when there is work', () => {
    const { cluster, clock, kafka, askAny } = setUp()
    cluster.use('orders')
    askAny('a')
    cluster.setActive(true)
    clock.settle()

    expect(kafka.takeLog()).toEqual(['0 connect 1', '0 metadata 1 [orders]'])
    expect(kafka.asked.map(({ request }) => request.api)).toEqual([InitProducerId])
  })

  it('does not refresh or reconnect once the work is done', () => {
    const { cluster, clock, kafka } = setUpConnected()
    cluster.setActive(false)
    kafka.cut(1)
    clock.advance(10_000_000)

    expect(kafka.takeLog()).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('bootstrapping', () => {
  it('learns brokers and topics from a bootstrap server, and then drops that server', () => {
    const { cluster, clock, kafka, takeLog } = setUpApart()
    cluster.setActive(true)
    cluster.use('orders')
    expect(cluster.topicOf('orders')).toBeUndefined()
    clock.settle()

    expect(takeLog()).toEqual(['slot -1', 'changed orders'])
    expect([...cluster.topology.brokers.keys()]).toEqual([1, 2, 3])
    expect([0, 1, 2, 3].map((partition) => cluster.leaderOf('orders', partition))).toEqual([
      1, 2, 3, -1,
    ])
    expect(kafka.connections).toEqual([])
  })

  it('asks for all topics of a burst in one request', () => {
    const { cluster, clock, kafka } = setUp()
    cluster.setActive(true)
    for (const topic of ['a', 'b', 'c']) cluster.use(topic)
    clock.settle()

    expect(kafka.takeLog()).toEqual(['0 connect 1', '0 metadata 1 [a,b,c]'])
  })

  it('tries the servers in turn, each after its wait, until one answers', () => {
    const bootstrap = [9, 8, 1].map((id) => ({ host: `broker-${id}`, port: 9092 }))
    const { cluster, clock, kafka, takeLog } = setUp({ bootstrap })
    cluster.setActive(true)
    cluster.use('orders')
    clock.advance(5_000)

    const tried = kafka.takeLog()
    expect(tried.at(-1)).toMatch(/metadata 1 \[orders\]/)
    expect(takeLog().filter((line) => line.startsWith('lost'))).toEqual(
      tried.filter((line) => /connect [89]/.test(line)).map(() => 'lost CONNECT_FAILED'),
    )
  })

  it('keeps trying forever, less and less often, and says why it fails', () => {
    const { cluster, clock, kafka } = setUp({ ids: [] })
    cluster.setActive(true)
    cluster.use('orders')
    clock.advance(5_000)

    const times = kafka.takeLog().map((line) => Number.parseInt(line, 10))
    const gaps = times.slice(1).map((time, index) => time - times[index]!)
    expect(gaps.slice(0, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000])
    expect(cluster.lastError).toMatchObject({ code: 'CONNECT_FAILED' })
  })

  it('forgets the last error once metadata has arrived', () => {
    const { cluster, clock, kafka } = setUp({ ids: [1] })
    kafka.up.clear()
    cluster.setActive(true)
    cluster.use('orders')
    clock.settle()
    expect(cluster.lastError).not.toBeNull()
    kafka.up.add(1)
    clock.advance(1_000)

    expect(cluster.topicOf('orders')).toBeDefined()
    expect(cluster.lastError).toBeNull()
  })

  it('gives up a server that accepts the connection but does not answer within the request timeout', () => {
    const { cluster, clock, kafka, takeLog } = setUp({ ids: [1], requestTimeoutMs: 30_000 })
    kafka.silent.add(1)
    cluster.setActive(true)
    clock.advance(29_999)
    expect(takeLog()).toEqual([])

    clock.advance(1)

    expect(takeLog()).toEqual(['lost REQUEST_TIMEOUT'])
  })

  it('tells the transport how often an address has failed, so that another address of the host is tried', () => {
    const { cluster, clock, kafka, runtime } = setUpApart({ ids: [1] })
    kafka.silent.add(1)
    cluster.setActive(true)
    cluster.use('orders')
    clock.advance(70_000)
    expect(runtime.transport.sockets.map(({ failures }) => failures)).toEqual([0, 1, 2])

    kafka.silent.clear()
    clock.advance(70_000)
    cluster.canSend(1)
    clock.settle()
    kafka.cut(1)
    cluster.canSend(1)
    clock.advance(1_000)

    expect(runtime.transport.sockets.slice(-2).map(({ failures }) => failures)).toEqual([0, 1])
  })

  it('gives up a server that accepts no connection within the set-up timeout, which then grows', () => {
    const { cluster, clock, kafka, takeLog } = setUp({ ids: [1] })
    kafka.unreachable.add(1)
    cluster.setActive(true)
    clock.advance(10_000)
    expect(takeLog()).toEqual(['lost CONNECT_TIMEOUT'])
    const [first, second] = kafka.takeLog().concat('')
    expect([first, second]).toEqual(['0 connect 1', ''])

    clock.advance(100)
    expect(kafka.takeLog()).toEqual(['10100 connect 1'])
    clock.advance(19_999)
    expect(takeLog()).toEqual([])
    clock.advance(1)
    expect(takeLog()).toEqual(['lost CONNECT_TIMEOUT'])
  })
})

describe('metadata', () => {
  it('is fetched at once for a new topic, and only for it', () => {
    const { cluster, clock, kafka, takeLog } = setUpConnected()
    kafka.topics.set('new', { partitions: [[2, 0]] })
    cluster.use('new')
    clock.settle()

    expect(kafka.takeLog()).toEqual(['0 metadata 1 [new]'])
    expect(takeLog()).toEqual(['changed new', 'slot 1'])
    expect([cluster.leaderOf('new', 0), cluster.leaderOf('orders', 0)]).toEqual([2, 1])
  })

  it('is refreshed at metadata.max.age.ms, by a timer that does not keep the process alive', () => {
    const { clock, kafka } = setUpConnected()
    expect(clock.pending).toBe(0)
    clock.advance(299_999)
    expect(kafka.takeLog()).toEqual([])

    clock.advance(1)

    expect(kafka.takeLog()).toEqual(['300000 metadata 1 [orders]'])
  })

  it('is refreshed on request after its wait, once for many requests', () => {
    const { cluster, clock, kafka, takeLog } = setUpConnected()
    kafka.topics.set('orders', { partitions: [[3, 6]] })
    for (let turn = 0; turn < 5; turn += 1) cluster.requestUpdate()
    clock.advance(1_000)

    expect(kafka.takeLog()).toEqual(['100 metadata 1 [orders]'])
    expect(takeLog()).toEqual(['changed orders', 'slot 1'])
    expect(cluster.leaderOf('orders', 0)).toBe(3)
  })

  it('is refreshed without a request while a partition has no leader, less and less often', () => {
    const { cluster, clock, kafka } = setUpConnected()
    kafka.topics.set('orders', { partitions: [[-1, 6]] })
    cluster.requestUpdate()
    clock.advance(3_000)
    const times = kafka.takeLog().map((line) => Number.parseInt(line, 10))
    expect(times).toEqual([100, 200, 300, 500, 900, 1_700, 2_700])
    expect(cluster.leaderOf('orders', 0)).toBe(-1)

    kafka.topics.set('orders', { partitions: [[2, 7]] })
    clock.advance(1_000)

    expect(cluster.leaderOf('orders', 0)).toBe(2)
    kafka.takeLog()
    clock.advance(10_000)
    expect(kafka.takeLog()).toEqual([])
  })

  it('is requested for a missing topic until the topic exists', () => {
    const { cluster, clock, kafka, takeLog } = setUpConnected()
    cluster.use('late')
    clock.settle()
    expect(cluster.topicOf('late')).toMatchObject({ error: 3, partitions: [] })
    kafka.topics.set('late', { partitions: [[1, 0]] })
    takeLog()
    clock.advance(200)

    expect(takeLog()).toContain('changed orders,late')
    expect(cluster.leaderOf('late', 0)).toBe(1)
  })

  it('is requested again for an unauthorized topic only when the topic is used', () => {
    const { cluster, clock, kafka } = setUpConnected()
    kafka.topics.set('secret', { error: 29, partitions: [] })
    cluster.use('secret')
    clock.settle()
    expect(cluster.topicOf('secret')).toMatchObject({ error: 29 })
    kafka.takeLog()
    clock.advance(10_000)
    expect(kafka.takeLog()).toEqual([])

    cluster.use('secret')
    cluster.use('secret')
    clock.settle()

    expect(kafka.takeLog()).toEqual(['10000 metadata 1 [secret]'])
  })

  it('forgets a topic that was not used for its idle time', () => {
    const { cluster, clock, kafka } = setUpConnected()
    kafka.topics.set('extra', { partitions: [[1, 0]] })
    cluster.use('extra')
    clock.advance(200_000)
    cluster.use('orders')
    clock.advance(100_000)
    expect(kafka.takeLog().at(-1)).toMatch(/\[orders,extra\]/)

    expect(cluster.topicOf('orders')).toBeDefined()
    expect(cluster.topicOf('extra')).toBeUndefined()
  })

  it('is ignored if it names no broker', () => {
    const { cluster, clock, kafka } = setUpConnected()
    kafka.named.clear()
    cluster.requestUpdate()
    clock.advance(1_000)

    expect(kafka.takeLog().length).toBeGreaterThan(1)
    expect([...cluster.topology.brokers.keys()]).toEqual([1, 2, 3])
  })

  it('reports every topic when a broker was added or removed', () => {
    const { cluster, clock, kafka, takeLog } = setUpConnected()
    kafka.named.delete(3)
    cluster.use('new')
    clock.settle()

    expect(takeLog()[0]).toBe('changed new,orders')
    expect(cluster.leaderOf('orders', 2)).toBe(-1)
  })

  it('is requested from another broker when the connection is lost', () => {
    const { cluster, clock, kafka } = setUpConnected()
    kafka.silent.add(1)
    cluster.requestUpdate()
    clock.advance(100)
    kafka.up.delete(1)
    kafka.cut(1)
    clock.advance(1_000)

    expect(kafka.takeLog().at(-1)).toMatch(/metadata [23] \[orders\]/)
  })

  it('is not trusted for leader epochs before version 9', () => {
    const versions: Ranges = allVersions.map(([api, min, max]) => [
      api,
      min,
      api === Metadata ? 8 : max,
    ])
    const runtime = setUp({ ids: [1, 2] })
    runtime.kafka.versions = versions
    runtime.cluster.setActive(true)
    runtime.cluster.use('orders')
    runtime.clock.settle()

    expect(runtime.cluster.topicOf('orders')?.partitions).toMatchObject([
      { leader: 1, leaderEpoch: -1 },
      { leader: 2, leaderEpoch: -1 },
    ])
  })

  it('fails with an error if there is no common version', () => {
    const { cluster, clock, kafka, takeLog } = setUp({ ids: [1] })
    kafka.versions = [[Produce, 3, 9]]
    cluster.setActive(true)
    clock.settle()

    expect(takeLog()).toContain('fatal UNSUPPORTED_VERSION')
  })
})

describe('the version of an ApiVersions request', () => {
  const newest = ApiVersions.versions[1]
  const knowing = (version: number): Ranges => [
    ...allVersions.filter(([api]) => api !== ApiVersions),
    [ApiVersions, 0, version],
  ]
  const reconnect = ({ clock, kafka, cluster }: ReturnType<typeof setUp>, node: number) => {
    kafka.cut(node)
    clock.advance(10_000)
    cluster.canSend(node)
    clock.advance(10_000)
  }

  it('is one that another broker of the cluster supports', () => {
    const given = setUp()
    const { cluster, clock, kafka } = given
    kafka.versions = knowing(3)
    cluster.setActive(true)
    cluster.use('orders')
    clock.settle()
    for (const node of [2, 3]) cluster.canSend(node)
    clock.settle()

    expect(kafka.negotiated).toEqual([`1 v${newest}`, '1 v3', '2 v3', '3 v3'])
  })

  it('follows a broker that is upgraded or downgraded while the client runs', () => {
    const given = setUp()
    const { cluster, clock, kafka } = given
    kafka.versions = knowing(3)
    cluster.setActive(true)
    cluster.use('orders')
    clock.settle()
    cluster.canSend(2)
    clock.settle()
    kafka.negotiated.length = 0
    const asked: string[][] = []
    for (const version of [newest, newest, 2, 2]) {
      kafka.versions = knowing(version)
      reconnect(given, 2)
      asked.push(kafka.negotiated.splice(0).filter((one) => one.startsWith('2')))
    }

    expect(asked).toEqual([['2 v3'], [`2 v${newest}`], [`2 v${newest}`, '2 v2'], ['2 v2']])
  })
})

describe('a slot at a node', () => {
  it('is refused at first, and offered when the connection is ready', () => {
    const { cluster, clock, kafka, takeLog } = setUpKnown()
    expect(cluster.canSend(2)).toBe(false)
    expect(cluster.connection(2)).toBeUndefined()
    clock.settle()

    expect(takeLog()).toEqual(['slot 2'])
    expect(cluster.canSend(2)).toBe(true)
    expect(cluster.connection(2)?.version(Produce)).toBe(Produce.versions[1])
    expect(kafka.takeLog()).toEqual(['0 connect 2'])
  })

  it('opens one connection, however often it is requested', () => {
    const { cluster, clock, kafka } = setUpKnown()
    for (let turn = 0; turn < 5; turn += 1) cluster.canSend(2)
    clock.settle()
    for (let turn = 0; turn < 5; turn += 1) cluster.canSend(2)
    clock.settle()

    expect(kafka.takeLog()).toEqual(['0 connect 2'])
  })

  it('is refused for an unknown node', () => {
    const { cluster, clock, kafka } = setUpKnown()
    expect(cluster.canSend(9)).toBe(false)
    expect(cluster.canSend(-1)).toBe(false)
    clock.settle()

    expect(kafka.takeLog()).toEqual([])
  })

  it('is offered again with each answer', () => {
    const { ask, clock, kafka, takeLog } = setUpConnected({ maxInFlight: 1 })
    expect(ask(1, 'a')).toBe(true)
    expect(ask(1, 'b')).toBe(false)
    clock.settle()
    kafka.asked[0]!.answer(InitProducerId, granted)

    expect(takeLog()).toEqual(['a answered', 'slot 1'])
    expect(ask(1, 'b')).toBe(true)
  })

  it('goes to a metadata request first, so that metadata never starves', () => {
    const { ask, cluster, clock, kafka, takeLog } = setUpConnected({ ids: [1], maxInFlight: 1 })
    clock.advance(1_000)
    ask(1, 'a')
    cluster.requestUpdate()
    clock.settle()
    expect(kafka.takeLog()).toEqual([])
    expect(cluster.canSend(1)).toBe(false)

    kafka.asked[0]!.answer(InitProducerId, granted)
    expect(takeLog()).toEqual(['a answered'])
    expect(cluster.canSend(1)).toBe(false)
    clock.settle()

    expect(kafka.takeLog()).toEqual(['1000 metadata 1 [orders]'])
    expect(takeLog()).toEqual(['changed orders', 'slot 1'])
  })

  it('is not given away inside the answer that frees it while a metadata request waits', () => {
    const { ask, cluster, clock, kafka } = setUpConnected({ ids: [1], maxInFlight: 1 })
    clock.advance(1_000)
    const greedy: boolean[] = []
    cluster.canSend(1)
    cluster.send(1, InitProducerId, identity, {
      answered: () => greedy.push(ask(1, 'greedy')),
      failed() {},
    })
    cluster.requestUpdate()
    clock.settle()
    kafka.asked[0]!.answer(InitProducerId, granted)
    clock.settle()

    expect(greedy).toEqual([false])
    expect(kafka.takeLog()).toEqual(['1000 metadata 1 [orders]'])
  })
})

describe('a node that cannot be reached', () => {
  it('is offered for another try after each growing wait, as long as the sender asks', () => {
    const { cluster, clock, kafka, log } = setUpKnown()
    kafka.up.delete(2)
    const times: number[] = []
    cluster.canSend(2)
    for (let ms = 0; ms < 3_000; ms += 1) {
      clock.advance(1)
      if (!log.splice(0).includes('slot 2')) continue
      times.push(clock.now())
      cluster.canSend(2)
    }

    const gaps = times.map((time, index) => time - (times[index - 1] ?? 0))
    expect(gaps.slice(0, 5)).toEqual([50, 100, 200, 400, 800])
  })

  it('is not tried when nothing asks for it any more', () => {
    const { cluster, clock, kafka } = setUpKnown()
    kafka.up.delete(2)
    cluster.canSend(2)
    clock.advance(10_000)

    expect(kafka.takeLog().filter((line) => line.includes('connect 2'))).toEqual(['0 connect 2'])
  })

  it('starts with the shortest wait again once it was reached', () => {
    const { cluster, clock, kafka, log, takeLog } = setUpKnown()
    kafka.up.delete(2)
    for (let turn = 0; turn < 5; turn += 1) {
      cluster.canSend(2)
      clock.advance(1_000)
    }
    kafka.up.add(2)
    cluster.canSend(2)
    clock.advance(1_000)
    expect(log.filter((line) => line === 'slot 2').length).toBeGreaterThan(0)
    kafka.cut(2)
    takeLog()
    const lostAt = clock.now()
    expect(cluster.canSend(2)).toBe(false)
    clock.advance(49)
    expect(takeLog()).not.toContain('slot 2')
    clock.advance(1)

    expect(takeLog()).toContain('slot 2')
    expect(clock.now() - lostAt).toBe(50)
  })
})

describe('a connection that is lost', () => {
  it('fails its requests in order, and has metadata refreshed', () => {
    const { ask, clock, kafka, takeLog } = setUpConnected()
    ask(1, 'a')
    ask(1, 'b')
    clock.advance(500)
    kafka.cut(1)
    expect(takeLog()).toEqual([
      'lost DISCONNECTED',
      'a failed DISCONNECTED',
      'b failed DISCONNECTED',
    ])
    clock.advance(500)

    expect(kafka.takeLog().some((line) => line.includes('metadata'))).toBe(true)
  })

  it('is closed when a request got no answer in time', () => {
    const { ask, clock, takeLog } = setUpConnected({ requestTimeoutMs: 1_000 })
    ask(1, 'a')
    clock.advance(500)
    ask(1, 'b')
    clock.advance(500)

    expect(takeLog().slice(0, 3)).toEqual([
      'lost REQUEST_TIMEOUT',
      'a failed REQUEST_TIMEOUT',
      'b failed REQUEST_TIMEOUT',
    ])
  })

  it('is no failure if the client closed it because it was idle', () => {
    const { cluster, clock, kafka, takeLog } = setUpConnected({ maxIdleMs: 1_000 })
    clock.advance(5_000)
    expect(kafka.connections).toEqual([])
    expect(takeLog()).toEqual([])
    expect(kafka.takeLog()).toEqual([])

    cluster.canSend(1)
    clock.settle()

    expect(kafka.takeLog()).toEqual(['5000 connect 1'])
  })
})

describe('an odd address among the bootstrap servers', () => {
  const bootstrap = [1, 2].map((id) => ({ host: `broker-${id}`, port: 9092 }))
  const oddities = ['odd', 'denied'] as const

  it.each(oddities)('is skipped while another address works: %s', (oddity) => {
    const { cluster, clock, kafka, log } = setUp({ bootstrap, ids: [2] })
    kafka.up.add(1)
    kafka[oddity].add(1)
    cluster.setActive(true)
    cluster.use('orders')
    clock.advance(1_000)

    expect(log.filter((line) => line.startsWith('fatal'))).toEqual([])
    expect(cluster.topicOf('orders')).toBeDefined()
  })

  it.each(oddities)('does not affect addresses that are down: %s', (oddity) => {
    const { cluster, clock, kafka, log } = setUp({ bootstrap, ids: [1] })
    kafka[oddity].add(1)
    cluster.setActive(true)
    clock.advance(10_000)

    expect(log.filter((line) => line.startsWith('fatal'))).toEqual([])
  })

  it.each([
    ['odd', 'UNSUPPORTED_VERSION'],
    ['denied', 'ACCESS_DENIED'],
  ] as const)('ends the cluster at once if there are no others: %s', (oddity, code) => {
    const { cluster, clock, kafka, log } = setUp({ bootstrap, ids: [1, 2] })
    for (const id of [1, 2]) kafka[oddity].add(id)
    cluster.setActive(true)
    clock.advance(100)

    expect(log).toEqual([`lost ${code}`, `lost ${code}`, `fatal ${code}`])
  })
})

describe('a node whose address has changed', () => {
  const elsewhere = { host: 'elsewhere', port: 9093 }

  function setUpMoved() {
    const given = setUpConnected()
    given.cluster.canSend(2) // metadata come from there
    given.clock.settle()
    given.kafka.moved.set(1, elsewhere)
    given.kafka.alias('elsewhere', 1)
    given.takeLog()
    return given
  }
  const hosts = ({ runtime }: ReturnType<typeof setUp>) =>
    runtime.transport.open.map(({ address }) => address.host)

  it('is connected to at its new address when it is needed', () => {
    const given = setUpMoved()
    const { cluster, clock, ask } = given
    cluster.requestUpdate()
    clock.advance(1_000)

    expect(ask(1, 'a')).toBe(false)
    clock.settle()

    expect(hosts(given)).toContain('elsewhere')
    expect(hosts(given)).not.toContain('broker-1')
    expect(ask(1, 'a')).toBe(true)
  })

  it('may still answer at its old address, gets nothing new meanwhile, and is not overtaken', () => {
    const given = setUpMoved()
    const { cluster, clock, kafka, ask, takeLog } = given
    ask(1, 'a')
    cluster.requestUpdate()
    clock.advance(1_000)
    expect(ask(1, 'b')).toBe(false)
    expect(hosts(given)).toContain('broker-1')
    expect(hosts(given)).not.toContain('elsewhere')

    kafka.asked.at(-1)!.answer(InitProducerId, granted)
    clock.settle()

    expect(takeLog()).toContain('a answered')
    expect(ask(1, 'b')).toBe(false)
    clock.settle()
    expect(hosts(given)).toContain('elsewhere')
    expect(ask(1, 'b')).toBe(true)
  })

  it('is tried there at once, however long the wait for the old address was', () => {
    const given = setUpConnected({ backoff: { initialMs: 600_000, maxMs: 600_000 } })
    const { cluster, clock, kafka, ask } = given
    kafka.up.delete(1)
    cluster.canSend(1)
    clock.settle()
    kafka.moved.set(1, elsewhere)
    kafka.alias('elsewhere', 1)
    kafka.up.add(1)

    cluster.requestUpdate()
    clock.advance(2_000)
    cluster.canSend(1)
    clock.settle()

    expect(ask(1, 'a')).toBe(true)
  })
})

describe('a bootstrap server at the address of a broker', () => {
  const bootstrap = [{ host: 'broker-1', port: 9092 }]

  /** After the first answer of metadata. */
  function setUpFirst({
    begin = () => {},
    ...options
  }: Parameters<typeof setUp>[0] & { begin?: (given: ReturnType<typeof setUp>) => void } = {}) {
    const given = setUp(options)
    begin(given)
    given.cluster.setActive(true)
    given.cluster.use('orders')
    given.clock.settle()
    return given
  }
  const sockets = ({ runtime }: ReturnType<typeof setUp>) =>
    runtime.transport.sockets.map(({ address }) => address.host)

  it('goes on as that broker, by the connection that it has', () => {
    const given = setUpFirst()
    const { kafka, takeLog, ask } = given
    expect(takeLog()).toEqual(['slot -1', 'changed orders', 'slot 1'])

    expect(ask(1, 'a')).toBe(true)
    given.clock.settle()

    expect(kafka.asked[0]!.broker).toBe(1)
    expect(sockets(given)).toEqual(['broker-1'])
  })

  it('keeps what is in flight there, within the limit', () => {
    const given = setUpFirst({ begin: ({ askAny }) => askAny('any'), maxInFlight: 2 })
    const { clock, kafka, takeLog, ask } = given
    expect([ask(1, 'a'), ask(1, 'b')]).toEqual([true, false])
    clock.settle()
    for (const { answer } of kafka.asked) answer(InitProducerId, granted)
    clock.settle()

    expect(takeLog().filter((one) => one.endsWith('answered'))).toEqual([
      'any answered',
      'a answered',
    ])
  })

  it('is the broker whose connection is lost, when it is', () => {
    const given = setUpFirst()
    const { cluster, clock, kafka, ask, takeLog } = given
    ask(1, 'a')
    clock.settle()
    takeLog()
    kafka.cut(1)
    clock.settle()

    expect(takeLog()).toEqual(['lost DISCONNECTED', 'a failed DISCONNECTED'])
    expect(cluster.failureOf(1)).toMatchObject({ code: 'DISCONNECTED' })
    cluster.canSend(1)
    clock.advance(1_000)
    cluster.canSend(1)
    clock.settle()
    expect(ask(1, 'b')).toBe(true)
  })

  it('is let go of when it is idle, as a broker', () => {
    const { clock, kafka, cluster } = setUpFirst({ maxIdleMs: 60_000, ids: [1] })
    cluster.setActive(false)
    clock.advance(60_000)
    expect(kafka.connections).toEqual([])
    expect(cluster.failureOf(1)).toBeNull()
  })

  it.each([
    ['of the same host at another port', { host: 'broker-1', port: 9093 }],
    ['of another host', { host: 'elsewhere', port: 9092 }],
    ['of the same host in other letters', { host: 'Broker-1', port: 9092 }],
  ])('is no broker %s', (_which, told) => {
    const given = setUpFirst({
      ids: [1],
      bootstrap,
      begin: ({ kafka }) => {
        kafka.moved.set(1, told)
        kafka.alias(told.host, 1)
      },
    })
    expect(given.kafka.connections).toEqual([])
    given.cluster.canSend(1)
    given.clock.settle()
    expect(sockets(given)).toEqual(['broker-1', told.host])
  })

  it('is neither of two brokers that are told to be there', () => {
    const given = setUpFirst({
      ids: [1, 2],
      begin: ({ kafka }) => kafka.moved.set(2, { host: 'broker-1', port: 9092 }),
    })
    expect(given.kafka.connections).toEqual([])
  })

  it('goes on as a broker after going back to the bootstrap servers, too', () => {
    const given = setUpFirst({ ids: [1] })
    const { cluster, clock, kafka } = given
    kafka.metadataError = 129
    cluster.requestUpdate()
    clock.advance(200)
    expect(cluster.topology.hasBootstrap).toBe(true)
    kafka.metadataError = 0
    clock.advance(2_000)

    expect(cluster.topology.hasBootstrap).toBe(false)
    expect(kafka.connections).toEqual([1])
    expect(given.ask(1, 'a')).toBe(true)
  })

  describe('if brokers are asked who they are', () => {
    const checked = { ids: [1], checksCluster: true }

    it('says that it is that one before it is sent anything else', () => {
      const { kafka, ask } = setUpFirst({
        ...checked,
        begin: ({ kafka }) => (kafka.clusterId = 'c'),
      })
      expect(kafka.meant).toEqual([null, { clusterId: 'c', nodeId: 1 }])
      expect(ask(1, 'a')).toBe(true)
    })

    it('gets nothing until it has said so, and is let go of if it says that it is another one', () => {
      const given = setUpFirst({
        ...checked,
        begin: ({ kafka }) => {
          kafka.clusterId = 'c'
          kafka.refuses.add(1)
        },
      })
      const { kafka, ask, takeLog } = given
      expect(kafka.connections).toEqual([])
      expect(takeLog()).toEqual(['slot -1', 'changed orders'])

      kafka.refuses.clear()
      expect(ask(1, 'a')).toBe(false)
      given.clock.settle()
      expect(ask(1, 'a')).toBe(true)
      expect(sockets(given)).toEqual(['broker-1', 'broker-1'])
    })

    it('is not asked where it cannot tell', () => {
      const versions: Ranges = [
        ...allVersions.filter(([api]) => api !== ApiVersions),
        [ApiVersions, 0, 4],
      ]
      const { kafka, ask } = setUpFirst({
        ...checked,
        begin: ({ kafka }) => {
          kafka.clusterId = 'c'
          kafka.versions = versions
        },
      })
      expect(ask(1, 'a')).toBe(true)
      expect(kafka.negotiated).toHaveLength(2) // our newest version, and the one that it knows
    })
  })
})

describe('a node that the cluster no longer names', () => {
  it('may still answer, gets nothing new, and is dropped afterwards', () => {
    const { ask, cluster, clock, kafka, takeLog } = setUpConnected()
    cluster.canSend(2)
    clock.settle()
    ask(1, 'a')
    kafka.named.delete(1)
    cluster.requestUpdate()
    clock.advance(100)
    expect(cluster.canSend(1)).toBe(false)
    takeLog()
    expect(kafka.connections).toContain(1)

    kafka.asked[0]!.answer(InitProducerId, granted)
    clock.settle()

    expect(takeLog()).toEqual(['a answered'])
    expect(kafka.connections).not.toContain(1)
  })
})

describe('leader hints', () => {
  it('are applied, reported, and reach a broker that was not known', () => {
    const { cluster, clock, kafka, takeLog } = setUpKnown()
    kafka.up.add(4)
    const hint = { topic: 'orders', partition: 0, leader: 4, leaderEpoch: 6 }
    cluster.applyHints([hint], [{ id: 4, host: 'broker-4', port: 9092 }])
    expect(takeLog()).toEqual(['changed orders'])
    expect(cluster.leaderOf('orders', 0)).toBe(4)
    cluster.canSend(4)
    clock.settle()

    expect(takeLog()).toEqual(['slot 4'])
  })

  it('are not reported if they change nothing', () => {
    const { cluster, takeLog } = setUpKnown()
    cluster.applyHints([{ topic: 'orders', partition: 0, leader: 2, leaderEpoch: 5 }], [])

    expect(takeLog()).toEqual([])
    expect(cluster.leaderOf('orders', 0)).toBe(1)
  })
})

describe('a request for any broker', () => {
  it('waits until one can be reached, and is answered', () => {
    const { askAny, cluster, clock, kafka, takeLog } = setUp({ ids: [1] })
    kafka.up.clear()
    cluster.setActive(true)
    askAny('a')
    clock.advance(2_000)
    expect(takeLog().filter((line) => line.startsWith('a'))).toEqual([])
    kafka.up.add(1)
    clock.advance(2_000)
    kafka.asked[0]!.answer(InitProducerId, granted)

    expect(takeLog()).toContain('a answered')
  })

  it('is sent as soon as a broker may be tried again, whatever metadata waits for', () => {
    const { askAny, clock, cluster, kafka } = setUp({ ids: [1] })
    kafka.up.clear()
    cluster.setActive(true)
    askAny('a')
    clock.settle()
    kafka.up.add(1)
    clock.advance(50)

    expect(kafka.takeLog()).toEqual(['0 connect 1', '50 connect 1'])
    expect(kafka.asked).toHaveLength(1)
  })

  it('is answered by a bootstrap server even if its connection is about to close', () => {
    const { askAny, cluster, clock, kafka, takeLog } = setUpApart({ ids: [1] })
    cluster.setActive(true)
    askAny('a')
    clock.settle()
    expect(cluster.topology.hasBootstrap).toBe(false)
    kafka.asked[0]!.answer(InitProducerId, granted)
    clock.settle()

    expect(takeLog()).toContain('a answered')
    expect(kafka.connections).toEqual([])
  })

  it('goes to the broker with the fewest requests in flight', () => {
    const { ask, askAny, cluster, clock, kafka } = setUpConnected()
    cluster.canSend(2)
    clock.settle()
    ask(1, 'a')
    ask(1, 'b')
    ask(2, 'c')
    askAny('d')
    clock.settle()

    expect(kafka.asked.map(({ broker }) => broker)).toEqual([1, 1, 2, 2])
  })

  it('fails if its broker supports no version of it', () => {
    const { askAny, clock, cluster, kafka, takeLog } = setUp({ ids: [1] })
    kafka.versions = allVersions.filter(([api]) => api !== InitProducerId)
    cluster.setActive(true)
    askAny('a')
    clock.settle()

    expect(takeLog()).toContain('a failed UNSUPPORTED_VERSION')
  })
})

describe('starting again from the bootstrap servers', () => {
  it('happens at once, beside the brokers, when none of them can be reached', () => {
    const { cluster, clock, kafka } = setUpConnected({ ids: [1] })
    kafka.up.delete(1)
    kafka.cut(1)
    clock.advance(1_000)

    expect([...cluster.topology.brokers.keys()]).toEqual([1, -1])
    expect(cluster.leaderOf('orders', 0)).toBe(1)
    kafka.up.add(1)
    clock.advance(2_000)
    expect([...cluster.topology.brokers.keys()]).toEqual([1])
  })

  it('happens only after every broker was tried', () => {
    const { cluster, clock, kafka } = setUpConnected()
    for (const id of [1, 2]) kafka.up.delete(id)
    kafka.cut(1)
    clock.advance(5_000)

    expect(kafka.takeLog().at(-1)).toMatch(/metadata 3 /)
    expect(cluster.topology.hasBootstrap).toBe(false)
  })

  it('finds the cluster when all of its brokers have new names', () => {
    const { cluster, clock, kafka } = setUp({ bootstrap: [{ host: 'seed', port: 9092 }] })
    kafka.alias('seed', 1)
    cluster.setActive(true)
    cluster.use('orders')
    clock.settle()
    kafka.replace([7, 8])
    kafka.alias('seed', 7)
    kafka.topics.set('orders', { partitions: [[8, 6]] })
    cluster.requestUpdate()
    clock.advance(10_000)

    expect([...cluster.topology.brokers.keys()]).toEqual([7, 8])
    expect(cluster.leaderOf('orders', 0)).toBe(8)
  })

  it('never happens if it is disabled', () => {
    const { cluster, clock, kafka } = setUpConnected({ ids: [1], rebootstrapAfterMs: null })
    kafka.up.delete(1)
    kafka.cut(1)
    clock.advance(1_000_000)

    expect(cluster.topology.hasBootstrap).toBe(false)
  })

  it('happens when a broker asks for it', () => {
    const { cluster, clock, kafka, log } = setUpConnected({ ids: [1] })
    kafka.metadataError = 129
    cluster.requestUpdate()
    clock.advance(100)
    expect(cluster.topology.hasBootstrap).toBe(true)
    kafka.metadataError = 0
    clock.advance(1_000)

    expect(cluster.topology.hasBootstrap).toBe(false)
    expect(log).toContain('changed orders')
  })

  it('happens when refreshes have failed for too long, even if brokers accept connections', () => {
    const { cluster, clock, kafka } = setUpConnected({
      ids: [1],
      rebootstrapAfterMs: 60_000,
    })
    kafka.named.clear()
    cluster.requestUpdate()
    clock.advance(50_000)
    expect([...cluster.topology.brokers.keys()]).toEqual([1])
    clock.advance(20_000)

    expect([...cluster.topology.brokers.keys()]).toEqual([-1])
  })

  it('does not count failures before a pause in which a broker was connected', () => {
    const { cluster, clock, kafka } = setUpConnected({ ids: [1], rebootstrapAfterMs: 60_000 })
    kafka.up.delete(1)
    kafka.cut(1)
    clock.advance(50_000)
    kafka.reticent.add(1)
    kafka.up.add(1)
    clock.advance(1_000)
    cluster.setActive(false)
    kafka.up.delete(1)
    kafka.cut(1)
    clock.advance(3_600_000)
    cluster.setActive(true)
    clock.advance(50_000)
    expect([...cluster.topology.brokers.keys()]).toEqual([1, -1])
    clock.advance(20_000)

    expect([...cluster.topology.brokers.keys()]).toEqual([-1])
  })

  it('counts failures before a pause if the broker that was connected had named no brokers', () => {
    const { cluster, clock, kafka } = setUpConnected({ ids: [1], rebootstrapAfterMs: 60_000 })
    kafka.named.clear()
    cluster.requestUpdate()
    clock.advance(50_000)
    cluster.setActive(false)
    clock.advance(3_600_000)
    cluster.setActive(true)
    expect([...cluster.topology.brokers.keys()]).toEqual([1])
    clock.advance(20_000)

    expect([...cluster.topology.brokers.keys()]).toEqual([-1])
  })

  it('counts failures before a pause in which no broker was connected', () => {
    const { cluster, clock, kafka } = setUpConnected({ ids: [1], rebootstrapAfterMs: 60_000 })
    kafka.up.delete(1)
    kafka.cut(1)
    clock.advance(50_000)
    cluster.setActive(false)
    clock.advance(3_600_000)
    cluster.setActive(true)
    clock.advance(1_000)
    expect([...cluster.topology.brokers.keys()]).toEqual([1, -1])
    clock.advance(20_000)

    expect([...cluster.topology.brokers.keys()]).toEqual([-1])
  })
})

describe('closing', () => {
  it('fails requests that are in flight or wait once the sockets are closed, and reports its end last', () => {
    const { ask, askAny, cluster, clock, takeLog, timers } = setUpConnected()
    ask(1, 'a')
    askAny('b')
    ask(1, 'c')
    cluster.close()
    expect(takeLog()).toEqual([])
    clock.settle()

    const told = takeLog()
    expect(told.filter((line) => line !== 'b failed CLOSED')).toEqual([
      'a failed CLOSED',
      'c failed CLOSED',
      'closed',
    ])
    expect(told).toContain('b failed CLOSED')
    expect(timers()).toBe(0)
  })

  it('never leads to another connection, whatever is requested', () => {
    const { ask, askAny, cluster, clock, kafka, takeLog, timers } = setUpConnected()
    cluster.close()
    clock.settle()
    kafka.takeLog()
    takeLog()
    cluster.setActive(true)
    cluster.use('new')
    cluster.requestUpdate()
    expect(ask(1, 'a')).toBe(false)
    askAny('b')
    clock.advance(10_000_000)

    expect(takeLog()).toEqual(['b failed CLOSED'])
    expect(kafka.takeLog()).toEqual([])
    expect(timers()).toBe(0)
  })

  it('leaves nothing open at any stage of a connection', () => {
    for (const steps of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
      const { cluster, clock, kafka, takeLog, timers, askAny } = setUp()
      cluster.setActive(true)
      cluster.use('orders')
      askAny('a')
      let left = steps
      clock.soon(function step() {
        left -= 1
        if (left > 0) clock.soon(step)
        else cluster.close()
      })
      clock.advance(1_000_000)

      expect(takeLog().filter((line) => /^(a|closed)/.test(line))).toEqual([
        'a failed CLOSED',
        'closed',
      ])
      expect(kafka.connections).toEqual([])
      expect(timers()).toBe(0)
    }
  })
})
