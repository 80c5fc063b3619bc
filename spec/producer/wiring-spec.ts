import { SimulatedCluster, VirtualClock } from 'to-kafka/testing'
import { describe, expect, it, vi } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import type { Receipt } from '../../lib/model.ts'
import { asking } from '../../lib/producer/asking.ts'
import { EventSource } from '../../lib/producer/events.ts'
import { wire } from '../../lib/producer/wiring.ts'
import { envelope } from '../support/envelopes.ts'
import { passTime } from '../support/pass-time.ts'

/** The actors of an engine that only records what it is told. */
function stage() {
  const clock = new VirtualClock()
  const cluster = new SimulatedCluster({ topics: { t: { partitions: 3 } } })
  const bootstrap = { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 0 }
  const told: string[] = []
  const receipts: Receipt[] = []
  const actors = wire(
    {
      settings: resolveConfig(bootstrap),
      clientId: 'me',
      maxWaiting: 10,
      runtime: cluster.runtime(clock),
      events: new EventSource('me'),
      metrics: () => [],
      asking,
    },
    {
      enter: () => false,
      settle: (receipt) => receipts.push(receipt),
      drop: () => told.push('drop'),
      retain: () => told.push('retain'),
      release: () => told.push('release'),
      fatal: () => told.push('fatal'),
      refused: () => told.push('refused'),
      broken: () => told.push('broken'),
      give: () => {},
      withdraw: () => {},
      gone: () => told.push('gone'),
    },
  )
  return { actors, told, receipts, run: () => passTime(clock, 1000) }
}

describe('wire', () => {
  it('gives every record a result', async () => {
    const { actors, receipts, told, run } = stage()
    actors.cluster.setActive(true)
    actors.turn.run(() => actors.input.next(envelope({ value: 'a' })))
    await run()
    expect(receipts).toMatchObject([{ error: null, metadata: { topic: 't', offset: 0 } }])
    actors.cluster.close()
    await run()
    expect(told).toEqual(['gone'])
  })

  it('tells the sender which partitions have a leader, in the turn of the answer', async () => {
    const { actors, run } = stage()
    const moved = vi.spyOn(actors.sender, 'moved')
    const topic = actors.cluster.use('t')
    actors.cluster.setActive(true)
    await run()
    expect(moved.mock.calls.flatMap(([places]) => [...places])).toEqual(topic.partitions)
    expect(topic.partitions).toHaveLength(3)
  })

  it('counts records at a turnstile as waiting: for the gate, a flush, and a feed', () => {
    const { actors } = stage()
    const record = envelope()
    actors.turnstiles.add(record.feed, 0)
    const [pass, others] = [actors.gate.passFor(record.feed), actors.gate.passFor({ settle() {} })]
    expect(pass.isOpen).toBe(true)
    actors.turnstiles.enter(record)
    expect([pass.isOpen, others.isOpen]).toEqual([false, true])
    expect([...actors.holdings.held()]).toEqual([record])
    expect(actors.unbatched.take(record.feed)).toEqual([record])
  })

  it('admits a record at a turnstile in the turn after another has left', async () => {
    const { actors, receipts, run } = stage()
    const [first, second] = [envelope({ value: 'a' }), envelope({ value: 'b' })]
    Object.assign(second, { feed: first.feed })
    actors.turnstiles.add(first.feed, 1)
    actors.cluster.setActive(true)
    actors.turnstiles.enter(first)
    actors.turnstiles.enter(second)
    await run()
    expect(receipts).toHaveLength(1)
    actors.turnstiles.left(first.feed, null)
    await run()
    expect(receipts).toHaveLength(2)
  })

  it('opens the gate when the record that blocked it is withdrawn', async () => {
    const { actors, run } = stage()
    const press = vi.spyOn(actors.accumulator, 'pressFullest')
    const record = envelope()
    let isThrough = false
    actors.turnstiles.add(record.feed, 0)
    actors.turnstiles.enter(record)
    actors.gate.passFor(record.feed).wait(() => {
      isThrough = true
    })
    expect(press).toHaveBeenCalled() // what lingers need not wait for who waits here
    await run()
    expect(isThrough).toBe(false)
    actors.unbatched.take(record.feed)
    await run()
    expect(isThrough).toBe(true)
  })

  it('answers partitionsFor in the turn of the metadata, and keeps the engine active until then', async () => {
    const { actors, told, run } = stage()
    const answers: number[] = []
    actors.questions?.ask(
      't',
      { resolve: ({ length }) => answers.push(length), reject: () => answers.push(-1) },
      null,
    )
    actors.cluster.setActive(true)
    expect(told).toEqual(['retain'])
    await run()
    expect(answers).toEqual([3])
    expect(told).toEqual(['retain', 'release'])
  })
})
