import { concat, from, NEVER, of, Subject, Subscriber } from 'rxjs'
import {
  DeliveryError,
  KafkaProducer,
  type ProducerConfig,
  paced,
  toKafka,
  toKafkaSettled,
} from 'to-kafka'
import { SimulatedCluster, VirtualClock } from 'to-kafka/testing'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Memory } from '../../lib/accumulator/memory.ts'
import { engineOf } from '../../lib/producer/assembly.ts'
import { passTime } from '../support/pass-time.ts'
import { listen, records } from '../support/scenario.ts'

/**
 * A simulated cluster, and a random source that a spec can have throw: a bug at a place of its
 * choice.
 */
function stage(more: Partial<ProducerConfig> = {}) {
  const clock = new VirtualClock()
  const cluster = new SimulatedCluster({ topics: { t: { partitions: 3 } } })
  const bug = new Error('a bug')
  const chance = { throws: false, inStickyChoice: false }
  const runtime = {
    ...cluster.runtime(clock),
    random: () => {
      if (chance.throws) throw bug
      if (chance.inStickyChoice && new Error().stack!.includes('sticky-choice')) throw bug
      return 0.5
    },
  }
  const config: ProducerConfig = {
    'bootstrap.servers': cluster.bootstrapServers,
    'client.id': 'me',
    'linger.ms': 0,
    ...more,
  }
  const run = (ms = 1000) => passTime(clock, ms)
  return { clock, cluster, runtime, config, bug, chance, run }
}

const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)
process.on('uncaughtException', note)
process.on('unhandledRejection', note)
afterEach(async () => {
  await new Promise(setImmediate)
  expect(uncaught.splice(0)).toEqual([])
})

describe('a bug of this package inside a stage', () => {
  // A keyless record draws a random number for its partition when it is appended: inside the fourth
  // stage.
  async function broken() {
    const parts = stage()
    const producer = new KafkaProducer(parts.config, { runtime: parts.runtime })
    void producer.send({ topic: 't', partition: 0, value: 'warm' })
    await parts.run()
    return { ...parts, producer }
  }

  it('fails all outstanding records, including the current one, and throws in no caller', async () => {
    const { producer, chance, bug, run } = await broken()
    const batched = producer.send({ topic: 't', partition: 1, value: 'a' }).catch((one) => one)
    const waiting = producer.send({ topic: 'u', value: 'b' }).catch((one) => one)
    chance.throws = true
    const culprit = producer.send({ topic: 't', value: 'c' }).catch((one) => one)
    await run()
    for (const result of [batched, waiting, culprit]) {
      const error = await result
      expect(error).toBeInstanceOf(DeliveryError)
      expect(error).toMatchObject({ code: 'CLOSED', cause: bug })
    }
  })

  it('loses no waiting record that is just entering the stage that throws', async () => {
    const { runtime, config, chance, bug, run } = stage()
    const producer = new KafkaProducer(config, { runtime })
    chance.inStickyChoice = true
    const waiting = producer.send({ topic: 't', value: 'a' }).catch((one) => one)
    const promised = new KafkaProducer(
      { ...config, 'value.serializer': async (value: string) => value },
      { runtime },
    )
    const serialized = promised.send({ topic: 't', value: 'b' }).catch((one) => one)
    await run()
    for (const result of [waiting, serialized]) {
      expect(await result).toMatchObject({ code: 'CLOSED', cause: bug })
    }
  })

  it('ends every stream, even one that waits for input', async () => {
    const { producer, chance, bug, run } = await broken()
    const waiting = listen(NEVER.pipe(toKafka(producer)))
    const settled = listen(
      concat(of({ topic: 't', partition: 1, value: 'a' }), NEVER).pipe(toKafkaSettled(producer)),
    )
    chance.throws = true
    const culprit = listen(from(records(['b'])).pipe(toKafka(producer)))
    await run()
    expect(waiting.end).toEqual({ kind: 'error', error: bug })
    expect(settled.end).toEqual({ kind: 'error', error: bug })
    expect(settled.values).toMatchObject([{ status: 'rejected', error: { code: 'CLOSED' } }])
    expect(culprit.end?.kind).toBe('error')
  })

  it('ends a waiting flush and close, closes, and releases everything', async () => {
    const { producer, chance, clock, cluster, run } = await broken()
    void producer.send({ topic: 'u', value: 'a' }).catch(() => {})
    let done = 0
    void producer.flush().then(() => (done += 1))
    chance.throws = true
    void producer.send({ topic: 't', value: 'b' }).catch(() => {})
    await run()
    void producer.flush().then(() => (done += 1))
    void producer.close().then(() => (done += 1))
    await run()
    expect(done).toBe(3)
    expect(cluster.connections).toBe(0)
    expect(clock.pending).toBe(0)
    expect(engineOf(producer).outstanding).toBe(0)
    await expect(producer.send({ topic: 't', value: 'c' })).rejects.toMatchObject({
      code: 'CLOSED',
    })
  })

  it('ends a stream with its own producer with the loss of its records', async () => {
    const { config, runtime, chance, bug, run } = stage()
    const source = new Subject<{ topic: string; partition?: number; value: string }>()
    const delivered = listen(source.pipe(toKafka(config, { runtime })))
    source.next({ topic: 't', partition: 0, value: 'a' })
    await run()
    source.next({ topic: 't', partition: 0, value: 'b' })
    chance.throws = true
    source.next({ topic: 't', value: 'c' })
    await run()
    expect(delivered.values.map(({ record }) => record.value)).toEqual(['a'])
    expect(delivered.end).toMatchObject({ kind: 'error', error: { code: 'CLOSED', cause: bug } })
    expect(source.observed).toBe(false)
  })
})

describe('a bug of this package outside the stages', () => {
  // The cluster draws a random number for the first broker, in a turn that the clock has begun.
  it('does the same', async () => {
    const { config, runtime, chance, bug, run, clock } = stage()
    const producer = new KafkaProducer(config, { runtime })
    const settled = listen(from(records(['x'])).pipe(toKafkaSettled(producer)))
    const sent = producer.send({ topic: 't', value: 'a' }).catch((one) => one)
    const flushed = producer.flush()
    chance.throws = true
    await run()
    expect(await sent).toMatchObject({ code: 'CLOSED', cause: bug })
    await flushed
    // Its source has ended, and so it gets every result.
    expect(settled.values).toMatchObject([{ status: 'rejected', error: { code: 'CLOSED' } }])
    expect(settled.end).toEqual({ kind: 'complete' })
    const closed = producer.close()
    await run()
    await closed
    expect(clock.pending).toBe(0)
  })
})

describe('the engine', () => {
  it('counts a record as outstanding until its feed has the result', async () => {
    const { config, runtime, run } = stage()
    const producer = new KafkaProducer(config, { runtime })
    const seen: number[] = []
    from(records(['a', 'b']))
      .pipe(toKafka(producer))
      .subscribe(() => seen.push(engineOf(producer).outstanding))
    expect(engineOf(producer).outstanding).toBe(2)
    await run()
    expect(seen).toEqual([2, 1])
    expect(engineOf(producer).outstanding).toBe(0)
  })

  it('has no timer while nothing is outstanding, except in the background', async () => {
    const { config, runtime, run, clock, cluster } = stage({ 'max.block.ms': 100 })
    const producer = new KafkaProducer(config, { runtime })
    expect(clock.pending).toBe(0)
    await Promise.all([producer.send({ topic: 't', value: 'a' }), run(500)])
    expect(clock.pending).toBe(0)
    const lost = listen(of({ topic: 'u', value: 'b' }).pipe(toKafka(producer)))
    await run(500)
    expect(lost.end?.kind).toBe('error')
    expect(clock.pending).toBe(0)
    const left = listen(concat(of({ topic: 'u', value: 'b' }), NEVER).pipe(toKafka(producer)))
    await run(50)
    expect(clock.pending).toBeGreaterThan(0)
    left.subscription.unsubscribe()
    await run(10)
    expect(clock.pending).toBe(0)
    void producer.close()
    await run(10)
    expect(clock.pending).toBe(0)
    expect(cluster.connections).toBe(0)
  })

  it('waits for no serializer longer than max.block.ms, so flush() and close() end', async () => {
    const { config, runtime, run, clock } = stage({
      'max.block.ms': 1000,
      'value.serializer': () => new Promise(() => {}),
    })
    const producer = new KafkaProducer(config, { runtime })
    const sent = producer.send({ topic: 't', value: 'a' }).catch((error) => error)
    let done = 0
    void producer.flush().then(() => (done += 1))
    void producer.close().then(() => (done += 1))
    await run(999)
    expect(done).toBe(0)
    await run(1)
    expect(await sent).toMatchObject({ code: 'SERIALIZER_FAILED', limitMs: 1000 })
    expect(done).toBe(2)
    expect(clock.pending).toBe(0)
  })

  it('keeps few of the buffers of a burst once all results are given', async () => {
    const { config, runtime, run } = stage({ 'linger.ms': 10 })
    const producer = new KafkaProducer(config, { runtime })
    const rest = vi.spyOn(Memory.prototype, 'rest')
    onTestFinished(() => rest.mockRestore())
    const outstanding: number[] = []
    rest.mockImplementation(() => void outstanding.push(engineOf(producer).outstanding))
    listen(from(records(['a', 'b', 'c'])).pipe(toKafka(producer)))
    await run(5)
    expect(outstanding).toEqual([])
    await run(100)
    expect(outstanding).toEqual([0])
  })

  it('fails only a record for which the process cannot allocate memory, at once', async () => {
    const { config, runtime, run } = stage({ 'max.block.ms': 1000 })
    const producer = new KafkaProducer(config, { runtime })
    const large = { topic: 't', partition: 0, value: 'x'.repeat(100_000) }
    const make = Buffer.allocUnsafeSlow
    const refusal = new RangeError('Array buffer allocation failed')
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      if (size > 50_000) throw refusal
      return make(size)
    })
    onTestFinished(() => allocate.mockRestore())
    const failed = producer.send(large).catch((error) => error)
    const small = listen(from(records(['a'])).pipe(toKafka(producer)))
    await run(100)
    expect(small.end).toEqual({ kind: 'complete' })
    expect(await failed).toMatchObject({ code: 'BUFFER_EXHAUSTED', cause: refusal })
    expect(engineOf(producer)).toMatchObject({ outstanding: 0, heldBytes: 0 })

    allocate.mockRestore()
    const later = producer.send(large)
    await run(100)
    expect((await later).offset).toBeGreaterThanOrEqual(0)
    expect(engineOf(producer)).toMatchObject({ outstanding: 0, heldBytes: 0 })
  })

  it('passes the exception of a subscriber to its own stream, and no other', async () => {
    const { config, runtime, run } = stage()
    const producer = new KafkaProducer(config, { runtime })
    const other = listen(from(records(['x'])).pipe(toKafka(producer)))
    const thrown = new Error('let through')
    const errors: unknown[] = []
    class Unsafe extends Subscriber<unknown> {
      override next(): void {
        throw thrown
      }
    }
    const unsafe = new Unsafe({
      next() {},
      complete() {},
      error: (error: unknown) => errors.push(error),
    })
    from(records(['a', 'b']))
      .pipe(toKafka(producer))
      .subscribe(unsafe)
    await run()
    expect(errors).toEqual([thrown])
    expect(other.end).toEqual({ kind: 'complete' })
    expect(engineOf(producer).outstanding).toBe(0)
  })
})

describe('the gate', () => {
  it('is open for the first record with any limits, so that the record can be refused', async () => {
    const { runtime, config, run } = stage({ 'max.request.size': 0 })
    const producer = new KafkaProducer(config, { runtime })
    const results = listen(paced(records(['a']), producer).pipe(toKafka(producer)))
    await run()
    expect(results.end).toMatchObject({ kind: 'error', error: { code: 'RECORD_TOO_LARGE' } })
  })

  it('has room for a batch of each partition as soon as the first record knows its topic', async () => {
    const { runtime, config, run } = stage({ 'batch.size': 1000 })
    const producer = new KafkaProducer(config, { runtime })
    let most = 0
    function* source() {
      for (let index = 0; index < 600; index += 1) {
        most = Math.max(most, engineOf(producer).queuedBytes)
        yield { topic: 't', partition: index % 3, value: 'x'.repeat(90) }
      }
    }
    const results = listen(paced(source(), producer).pipe(toKafka(producer)))
    await run()
    expect(results.values).toHaveLength(600)
    expect(most).toBeGreaterThan(2 * 1000)
    expect(most).toBeLessThan(3 * 1000 + 200)
  })
})
