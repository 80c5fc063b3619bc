import type { ReadyOptions } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { VirtualStage } from '../scenarios/virtual-stage.ts'
import { passTime } from '../support/pass-time.ts'

function stage(config = {}, options = {}) {
  const stage = new VirtualStage({ brokers: 2, topics: { t: { partitions: 4 } }, ...options })
  const { clock, cluster } = stage
  const producer = stage.producer({ 'linger.ms': 0, ...config })
  const run = (ms = 1_000) => passTime(clock, ms)
  const ask = (given?: ReadyOptions) => {
    const begun = clock.now()
    const asked = { answer: 'none yet' as unknown, after: -1 }
    const told = (answer: unknown) => Object.assign(asked, { answer, after: clock.now() - begun })
    void producer.ready(given).then(() => told('ready'), told)
    return asked
  }
  const asked = (api: string) => cluster.requests.filter((request) => request.api === api).length
  return { clock, cluster, producer, run, ask, asked }
}

describe('ready', () => {
  it("waits for a broker's answer and the producer’s id, and is inactive afterwards", async () => {
    const { clock, run, ask, asked } = stage()
    const first = ask()
    await run()
    expect(first.answer).toBe('ready')
    expect(asked('InitProducerId')).toBe(1)
    const again = ask()
    await run(100)
    expect(again).toMatchObject({ answer: 'ready' })
    await run(1_000_000)
    expect(clock.pending).toBe(0)
  })

  it('resolves when the partitions of the topics are known and their leaders connected', async () => {
    const { clock, cluster, producer, run, ask } = stage()
    const asked = ask({ topics: ['t'] })
    await run()
    expect(asked.answer).toBe('ready')
    const leaders = new Set([0, 1, 2, 3].map((partition) => cluster.leaderOf('t', partition)))
    expect(leaders.size).toBe(2)
    const before = cluster.requests.length
    const begun = clock.now()
    const sent = Promise.all(
      [0, 1, 2, 3].map((partition) =>
        producer.send({ topic: 't', partition, value: 'a' } as never),
      ),
    ).then(() => clock.now() - begun)
    await run()
    expect(await sent).toBe(2) // there and back: nobody had to be connected to or asked for anything
    expect(cluster.requests.slice(before).map(({ api }) => api)).toEqual(['Produce', 'Produce'])
  })

  it('waits for a leader that cannot be reached, and names it when the time is up', async () => {
    const { cluster, run, ask } = stage({ 'max.block.ms': 3_000 })
    cluster.stopBroker(1, { failover: false })
    const asked = ask({ topics: ['t'] })
    await run(2_999)
    expect(asked.answer).toBe('none yet')
    await run(10)
    expect(asked).toMatchObject({
      after: 3_000,
      answer: { code: 'REQUEST_TIMEOUT', limitMs: 3_000 },
    })
    expect(String(asked.answer)).toMatch(
      /^ConnectionError: not ready after 3000 ms: (the leader of t-\d, broker 1 at \S+, is not connected: |t-\d has no leader)/,
    )
  })

  it('resolves when such a leader has come back', async () => {
    const { cluster, run, ask } = stage()
    cluster.stopBroker(1, { failover: false })
    const asked = ask({ topics: ['t'] })
    await run(5_000)
    cluster.startBroker(1)
    await run(5_000)
    expect(asked.answer).toBe('ready')
  })

  it('rejects for a topic as a record would', async () => {
    const { run, ask } = stage({ 'max.block.ms': 500 })
    const [missing, invalid] = [ask({ topics: ['t', 'missing'] }), ask({ topics: ['a b'] })]
    await run()
    expect(missing.answer).toMatchObject({ code: 'METADATA_TIMEOUT', topic: 'missing' })
    expect(invalid.answer).toMatchObject({ code: 'INVALID_TOPIC_EXCEPTION', topic: 'a b' })
  })

  it('says what is missing if the id is temporarily refused, and requests it again', async () => {
    const { cluster, run, ask, asked } = stage({ 'max.block.ms': 2_000 })
    const fault = cluster.on('InitProducerId').reply('COORDINATOR_NOT_AVAILABLE')
    const late = ask()
    await run(2_001)
    expect(String(late.answer)).toContain('no broker has assigned a producer id: ')
    const again = ask()
    await run(500)
    fault.cancel()
    await run(1_500)
    expect(again.answer).toBe('ready')
    expect(asked('InitProducerId')).toBeGreaterThan(2)
  })

  it.each([[{ topics: ['t'] }], [undefined]])(
    'with max.block.ms 0 answers at once, and later calls use what an earlier one began: %o',
    async (given) => {
      const { run, ask } = stage({ 'max.block.ms': 0 })
      const first = ask(given)
      await run(5)
      expect(first).toMatchObject({ after: 0, answer: { limitMs: 0 } })
      let last = first
      for (let tries = 0; tries < 20 && last.answer !== 'ready'; tries += 1) {
        last = ask(given)
        await run(5)
      }
      expect(last).toMatchObject({ after: 0, answer: 'ready' })
    },
  )

  it('resolves when the time is up if everything is there, even if no turn has run since', async () => {
    const { clock, run, ask } = stage({ 'max.block.ms': 3 })
    ask({ topics: ['t'] })
    await run(0)
    for (let tries = 0; tries < 20; tries += 1) {
      ask({ topics: ['t'] })
      await run(3)
    }
    // An event loop in which timers come before everything else.
    clock.soon = (fire) => void clock.at(clock.now() + 10, fire)
    const asked = ask({ topics: ['t'] })
    await run(5)
    expect(asked).toMatchObject({ after: 3, answer: 'ready' })
  })

  it('needs no id without idempotence', async () => {
    const { run, ask, asked } = stage({ 'enable.idempotence': false })
    const first = ask({ topics: ['t'] })
    await run()
    expect([first.answer, asked('InitProducerId')]).toEqual(['ready', 0])
  })

  it('rejects with the error that ends the producer or refuses the login', async () => {
    const old = stage({}, { versions: { Metadata: [20, 21] } })
    const first = old.ask()
    await old.run()
    expect(first.answer).toMatchObject({ name: 'BrokerError', code: 'UNSUPPORTED_VERSION' })
    const closed = stage()
    const [before] = [closed.ask({ topics: ['missing'] })]
    void closed.producer.close({ timeout: 0 })
    const after = closed.ask()
    await closed.run()
    const reason = { name: 'ConnectionError', code: 'CLOSED' }
    expect([before!.answer, after.answer]).toMatchObject([reason, reason])
    expect(closed.clock.pending).toBe(0)
  })

  it('ends with its signal, and leaves nothing behind', async () => {
    const { clock, run, ask } = stage()
    const controller = new AbortController()
    const asked = ask({ topics: ['missing'], signal: controller.signal })
    await run(100)
    controller.abort('enough')
    await run(0)
    expect(asked.answer).toMatchObject({ code: 'REQUEST_TIMEOUT', cause: 'enough' })
    await run(1_000_000)
    expect(clock.pending).toBe(0)
    const late = ask({ signal: controller.signal })
    await run(0)
    expect(late.answer).toMatchObject({ code: 'REQUEST_TIMEOUT', cause: 'enough' })
    expect((late.answer as Error).message).toBe('not ready: the signal was already aborted')
  })

  it('says what was missing when its signal was aborted, and why', async () => {
    const { cluster, run, ask } = stage()
    const first = new AbortController()
    const unknown = ask({ topics: ['missing'], signal: first.signal })
    await run(100)
    first.abort()
    await run(0)
    expect((unknown.answer as Error).message).toBe(
      'not ready when the signal was aborted: no broker knows the topic missing: Metadata missing: UNKNOWN_TOPIC_OR_PARTITION, the broker does not host this topic or partition',
    )
    cluster.stopBroker(1, { failover: false })
    const second = new AbortController()
    const leaderless = ask({ topics: ['t'], signal: second.signal })
    await run(1_000)
    second.abort()
    await run(0)
    expect((leaderless.answer as Error).message).toBe(
      'not ready when the signal was aborted: t-0 has no leader',
    )
  })

  it('throws at once for wrong options', () => {
    const { producer } = stage()
    expect(() => producer.ready({ topic: 't' } as never)).toThrow("did you mean 'topics'?")
    expect(() => producer.ready({ topics: 't' } as never)).toThrow(
      "topics is 't'; it must be a list of names",
    )
  })
})
