import type { KafkaProducer, ProducerConfig, ProducerRecord, SendOptions } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import { engineOf } from '../../lib/producer/assembly.ts'
import { VirtualStage } from '../scenarios/virtual-stage.ts'
import { passTime } from '../support/pass-time.ts'

type Config = Omit<ProducerConfig, 'bootstrap.servers'>

/** A producer, and sends of which one records its result and time. */
function stage(config: Config = {}) {
  const stage = new VirtualStage()
  const producer = stage.producer({ 'linger.ms': 0, ...config }) as unknown as KafkaProducer<
    string,
    string
  >
  const { clock, cluster } = stage
  const run = (ms = 1_000) => passTime(clock, ms)
  const told: string[] = []
  const send = (value: string, options?: SendOptions, topic = 't') => {
    const record: ProducerRecord<string, string> = { topic, value }
    void producer.send(record, options).then(
      () => told.push(value),
      (error) => told.push(`${value}: ${error?.code ?? error?.message ?? error}`),
    )
  }
  const inLog = () => cluster.records('t').map(({ value }) => Buffer.from(value!).toString())
  onTestFinished(() => expect(engineOf(producer).outstanding).toBe(0))
  return { clock, cluster, producer, run, send, told, inLog }
}

/** An abort signal, and a function that aborts it with the reason 'too late'. */
function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort('too late') }
}

describe('send with a signal', () => {
  it('withdraws a record that waits for its topic, and the others keep their order', async () => {
    const { run, send, told, inLog, clock } = stage()
    const { signal, abort } = abortable()
    for (const value of ['a', 'b', 'c', 'd']) send(value, value === 'b' ? { signal } : {})
    abort()
    await run()
    expect(told).toEqual(['b: too late', 'a', 'c', 'd'])
    expect(inLog()).toEqual(['a', 'c', 'd'])
    expect(clock.pending).toBe(0)
  })

  it('withdraws one whose serializer has not settled, and later ones continue', async () => {
    const serializer = (value: string) =>
      value === 'slow' ? new Promise<string>(() => {}) : Promise.resolve(value)
    const { run, send, told, inLog } = stage({ 'value.serializer': serializer as never })
    const { signal, abort } = abortable()
    for (const value of ['a', 'slow', 'c'])
      send(value, { signal: value === 'slow' ? signal : undefined })
    await run()
    expect(told).toEqual(['a'])
    abort()
    await run()
    expect(told).toEqual(['a', 'slow: too late', 'c'])
    expect(inLog()).toEqual(['a', 'c'])
  })

  it('withdraws one whose serializer has not been called, because too many promises are pending', async () => {
    const never = () => new Promise<string>(() => {})
    const { run, send, told, producer } = stage({ 'value.serializer': never as never })
    const { signal, abort } = abortable()
    for (let n = 0; n < 16; n += 1) send(`${n}`)
    send('behind', { signal })
    abort()
    await run(100)
    expect(told).toEqual(['behind: too late'])
    void producer.close({ timeout: 0 })
    await run()
    expect(told).toHaveLength(17)
  })

  it('makes room for the next when it withdraws one with a pending promise', async () => {
    const settle: ((value: string) => void)[] = []
    const serializer = (value: string) =>
      value === 'next' ? value : new Promise<string>((resolve) => settle.push(resolve))
    const { run, send, told, producer } = stage({ 'value.serializer': serializer as never })
    const { signal, abort } = abortable()
    for (let n = 0; n < 16; n += 1) send(`${n}`, n === 3 ? { signal } : {}, 'missing')
    send('next')
    await run(100)
    expect(told).toEqual([])
    abort()
    await run(100)
    expect(told).toEqual(['3: too late', 'next'])
    settle[3]!('late') // says nothing any more
    await run(100)
    expect(told).toHaveLength(2)
    void producer.close({ timeout: 0 })
    await run()
    expect(told).toHaveLength(17)
  })

  it('withdraws one that waits for memory, and the next takes its place', async () => {
    const { cluster, run, send, told, inLog } = stage({
      'buffer.memory': 20_000,
      'batch.size': 10_000,
      'max.request.size': 15_000,
    })
    const [first, large, small] = ['f'.repeat(9_900), 'l'.repeat(14_000), 's'.repeat(9_900)]
    cluster.on('InitProducerId', { nth: 1 }).delay(500)
    const { signal, abort } = abortable()
    send(first)
    await run(100)
    send(large, { signal })
    send(small)
    await run(100)
    abort()
    await run()
    expect(told.map((one) => [one[0], one.length > 9_900])).toEqual([
      ['l', true],
      ['f', false],
      ['s', false],
    ])
    expect(inLog().map(([letter]) => letter)).toEqual(['f', 's'])
  })

  it('does not withdraw a record that is in a batch, sent or not: its result follows', async () => {
    const { run, send, told, inLog } = stage({ 'linger.ms': 50 })
    send('warm')
    await run()
    const { signal, abort } = abortable()
    send('a', { signal })
    await run(10)
    abort()
    await run()
    expect(told).toEqual(['warm', 'a'])
    expect(inLog()).toEqual(['warm', 'a'])
  })

  it('does not accept a record whose signal is already aborted', async () => {
    const { clock, cluster, run, send, told } = stage()
    const { signal, abort } = abortable()
    abort()
    send('a', { signal })
    expect(clock.pending).toBe(0)
    await run()
    expect(told).toEqual(['a: too late'])
    expect(cluster.requests).toEqual([])
  })

  it('may be aborted by the record’s own serializer, and inside a result', async () => {
    const [own, other] = [abortable(), abortable()]
    const serializer = (value: string) => {
      if (value === 'own') own.abort()
      return value
    }
    const { run, send, told, producer } = stage({ 'value.serializer': serializer as never })
    send('own', { signal: own.signal })
    void producer.send({ topic: 't', value: 'a' }).then(other.abort)
    send('nowhere', { signal: other.signal }, 'missing')
    await run()
    expect(told.sort()).toEqual(['nowhere: too late', 'own: too late'])
  })

  it('may be aborted by the serializer of another, and that one keeps its place', async () => {
    const settle: (() => void)[] = []
    const own = abortable()
    const serializer = (value: string) => {
      if (value === 'a') own.abort()
      return new Promise<string>((resolve) => settle.push(() => resolve(value)))
    }
    const { run, send, told, inLog } = stage({ 'value.serializer': serializer as never })
    send('first')
    send('taken back', { signal: own.signal })
    for (let n = 2; n < 16; n += 1) send(`${n}`)
    // Too many promises are pending, so these two begin one after the other, the second with the
    // abort of the first.
    send('a')
    send('b')
    settle[0]!()
    await run(100)
    for (const go of settle) go()
    await run()
    expect(told[0]).toBe('taken back: too late')
    expect(inLog().slice(-2)).toEqual(['a', 'b'])
  })

  it('tells interceptors that the record was discarded, and lets a flush continue', async () => {
    const heard: unknown[] = []
    const onAcknowledgement = (_: unknown, error: Error | null) =>
      void heard.push((error as { code?: string } | null)?.code)
    const { run, send, producer } = stage({ 'interceptor.classes': [{ onAcknowledgement }] })
    const { signal, abort } = abortable()
    send('a', { signal }, 'missing')
    const flushed = { at: false }
    void producer.flush().then(() => {
      flushed.at = true
    })
    await run(100)
    expect(flushed.at).toBe(false)
    abort()
    await run(0)
    expect([flushed.at, heard]).toEqual([true, ['DISCARDED']])
  })

  it('listens to the signal only until there is a result', async () => {
    const { run, send, told } = stage()
    const { signal, abort } = abortable()
    const listening = { count: 0 }
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = ((...given: Parameters<typeof addEventListener>) => {
      listening.count += 1
      addEventListener.apply(signal, given)
    }) as never
    signal.removeEventListener = ((...given: Parameters<typeof removeEventListener>) => {
      listening.count -= 1
      removeEventListener.apply(signal, given)
    }) as never
    send('a', { signal })
    expect(listening.count).toBe(1)
    await run()
    expect(listening.count).toBe(0)
    abort()
    await run()
    expect(told).toEqual(['a'])
  })

  it('rejects unknown options, and anything but a signal', async () => {
    const { producer } = stage()
    const record = { topic: 't', value: 'a' }
    const wrong = [{ timeout: 5 }, { signal: 5 }, 5]
    for (const options of wrong) {
      await expect(producer.send(record, options as never)).rejects.toMatchObject({
        name: 'ConfigError',
      })
    }
    await expect(producer.send(record, { signal: null } as never)).rejects.toThrow(
      'signal is null; it must be an AbortSignal',
    )
  })
})
