import { concat, finalize, NEVER, of } from 'rxjs'
import { toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { VirtualStage } from '../scenarios/virtual-stage.ts'
import { passTime } from '../support/pass-time.ts'

function stage(config = {}, versions = {}) {
  const stage = new VirtualStage({ versions })
  const producer = stage.producer({ 'linger.ms': 0, ...config })
  const told: unknown[] = []
  void producer.closed.then(
    () => told.push('closed'),
    (error) => told.push(error),
  )
  const run = (ms = 1_000) => passTime(stage.clock, ms)
  const send = (value: string) =>
    producer.send({ topic: 't', value } as never).catch((error) => error)
  return { ...stage, cluster: stage.cluster, clock: stage.clock, producer, told, run, send }
}

describe('the state of a producer', () => {
  it('is open, closing while it delivers, and closed when the last connection is gone', async () => {
    const { cluster, producer, told, run, send } = stage()
    expect(producer.state).toBe('open')
    void send('a')
    const closed = producer.close().then(() => producer.state)
    expect(producer.state).toBe('closing')
    await run(5)
    expect([producer.state, told]).toEqual(['closing', []])
    await run()
    expect([producer.state, told, await closed]).toEqual(['closed', ['closed'], 'closed'])
    expect(cluster.connections).toBe(0)
  })

  it('is open as long as brokers may come back', async () => {
    const { cluster, producer, told, run, send } = stage({ 'max.block.ms': 500 })
    cluster.stopBroker(1)
    void send('a')
    await run()
    expect([producer.state, told]).toEqual(['open', []])
  })

  it('is failed when nothing can be delivered any more, until it is closed', async () => {
    const { producer, told, run, send } = stage({}, { Produce: [0, 2] })
    const lost = send('a')
    await run()
    expect(producer.state).toBe('failed')
    expect(told).toEqual([(await lost).cause])
    expect(told).toMatchObject([{ code: 'UNSUPPORTED_VERSION' }])
    const closed = producer.close()
    expect(producer.state).toBe('failed')
    await run()
    await closed
    expect([producer.state, told.length]).toEqual(['closed', 1])
  })

  it('does not end the program with an unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const stage = new VirtualStage({ versions: { Produce: [0, 2] } })
    const producer = stage.producer()
    const lost = producer.send({ topic: 't', value: 'a' } as never).catch((error) => error.code)
    await passTime(stage.clock, 1_000)
    await new Promise(setImmediate)
    process.off('unhandledRejection', note)
    expect([await lost, producer.state, unhandled]).toEqual(['UNSUPPORTED_VERSION', 'failed', []])
  })
})

describe('close with a signal', () => {
  it('has no time left once it is aborted: the remaining records fail, as after a timeout', async () => {
    const { cluster, producer, run, send } = stage()
    cluster.on('Produce').hang()
    const lost = send('a')
    await run()
    const controller = new AbortController()
    const closed = producer.close({ signal: controller.signal })
    await run(5_000)
    expect(producer.state).toBe('closing')
    controller.abort()
    await run(100)
    await closed
    expect(producer.state).toBe('closed')
    expect(await lost).toMatchObject({ code: 'CLOSED', persisted: 'possibly' })
  })

  it('has no time at all if it is already aborted', async () => {
    const { producer, run, send } = stage()
    const lost = send('a')
    void producer.close({ signal: AbortSignal.abort() })
    await run(0)
    expect(await lost).toMatchObject({ code: 'CLOSED', persisted: 'no' })
    await run()
  })

  it('has no time if the source of a stream aborts it when the close unsubscribes that source', async () => {
    const { cluster, producer, run } = stage()
    cluster.on('Produce').hang()
    const controller = new AbortController()
    const source$ = concat(of({ topic: 't', value: 'a' }), NEVER).pipe(
      finalize(() => controller.abort()),
    )
    const errors: unknown[] = []
    source$.pipe(toKafka(producer as never)).subscribe({ error: (error) => errors.push(error) })
    await run()
    void producer.close({ signal: controller.signal })
    await run(100)
    expect(producer.state).toBe('closed')
    expect(errors).toMatchObject([{ code: 'CLOSED' }])
  })

  it('throws at once for anything but a signal, and stays open', () => {
    const { producer } = stage()
    expect(() => producer.close({ signal: 5 } as never)).toThrow(
      'signal is 5; it must be an AbortSignal',
    )
    expect(producer.state).toBe('open')
  })
})
