import { describe, expect, it } from 'vitest'
import { passTime } from '../support/pass-time.ts'
import { VirtualStage } from './virtual-stage.ts'

// close() does not wait for a missing topic: one second after the call, records whose topic is
// still unknown are given up. Java's close() immediately ends a send() that waits for metadata.
// Here the call of send() returned long before, so a topic that is about to become known is still
// waited for.

const forever = { 'max.block.ms': Number.MAX_SAFE_INTEGER, 'linger.ms': 0 }

function closing(stage: VirtualStage, record: { topic: string; partition?: number }) {
  const { clock } = stage
  const producer = stage.producer(forever)
  const ended = { code: '', persisted: '', offset: -1, closedAt: -1 }
  void producer.send({ ...record, value: 'x' }).then(
    ({ offset }) => Object.assign(ended, { offset }),
    ({ code, persisted }) => Object.assign(ended, { code, persisted }),
  )
  void producer.close().then(() => Object.assign(ended, { closedAt: clock.now() }))
  return { ended, producer, run: (ms: number) => passTime(clock, ms) }
}

describe('close() while a record waits', () => {
  it.each([
    ['a missing topic', { topic: 'missing' }],
    ['a missing partition', { topic: 't', partition: 7 }],
  ])('for %s fails it after a second, and resolves', async (_, record) => {
    const stage = new VirtualStage()
    const { ended, run } = closing(stage, record)
    await run(999)
    expect(ended).toMatchObject({ code: '', closedAt: -1 })

    await run(200)

    expect(ended).toMatchObject({ code: 'CLOSED', persisted: 'no' })
    expect(ended.closedAt).toBeGreaterThanOrEqual(1_000)
    expect([stage.clock.pending, stage.clock.pendingInBackground]).toEqual([0, 0])
  })

  it('for a topic that appears within that second delivers it', async () => {
    const stage = new VirtualStage()
    const { ended, run } = closing(stage, { topic: 'soon' })
    await run(500)
    stage.cluster.createTopic('soon')
    await run(5_000)

    expect(ended).toMatchObject({ code: '', offset: 0 })
    expect(ended.closedAt).toBeGreaterThan(0)
  })

  it('for brokers that cannot be reached fails it after a second', async () => {
    const stage = new VirtualStage({ brokers: 1 })
    stage.cluster.stopBroker(1)
    const { ended, run } = closing(stage, { topic: 't' })
    await run(2_500)

    expect(ended).toMatchObject({ code: 'CLOSED', persisted: 'no' })
    expect(ended.closedAt).toBeGreaterThanOrEqual(1_000)
  })

  it('for a first answer that takes longer waits for the answer, and delivers the record', async () => {
    const stage = new VirtualStage({ latencyMs: 800 })
    const { ended, run } = closing(stage, { topic: 't' })
    await run(20_000)

    expect(ended).toMatchObject({ code: '', offset: 0 })
    expect(ended.closedAt).toBeGreaterThan(1_000)
  })
})
