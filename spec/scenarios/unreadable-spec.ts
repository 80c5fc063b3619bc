import { from } from 'rxjs'
import { type ProducerRecord, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { listen, logOf, records, startProducer } from '../support/scenario.ts'

// Bytes that cannot be read when their turn comes fail their own record, and no other.

function detached(): Uint8Array {
  const bytes = new Uint8Array(100)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

/** ArrayBuffer of ES2024, which every supported Node has. */
const Resizable = ArrayBuffer as unknown as new (
  size: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(size: number): void }

function outOfBounds(): Uint8Array {
  const buffer = new Resizable(100, { maxByteLength: 200 })
  const bytes = new Uint8Array(buffer, 50, 50)
  buffer.resize(10)
  return bytes
}

class Odd extends Uint8Array {
  override get length(): number {
    throw new Error('no length')
  }
}

const unreadable: readonly (readonly [string, () => Uint8Array])[] = [
  ['are detached', detached],
  ['lie out of bounds', outOfBounds],
  ['are a proxy', () => new Proxy(new Uint8Array(5), {})],
  ['inherit from bytes', () => Object.create(Uint8Array.prototype)],
  ['throw when their length is read', () => new Odd(5)],
]
const places: readonly (readonly [string, (bytes: Uint8Array) => Partial<ProducerRecord>])[] = [
  ['value', (value) => ({ value })],
  ['key', (key) => ({ key })],
  ['header', (h) => ({ headers: { h } })],
]

describe('bytes that', () => {
  it.each(
    unreadable.flatMap(([how, bytes]) =>
      places.flatMap(([what, place]) =>
        [true, false].map((isKnown) => [how, what, isKnown, { ...place(bytes()) }] as const),
      ),
    ),
  )('%s, as a %s (its topic is known: %s), fail only one record', async (_, __, isKnown, bad) => {
    const { cluster, producer } = await startProducer({ 'linger.ms': 20 })
    if (isKnown) await producer.partitionsFor('t')
    const other = listen(from(records(['1', '2'])).pipe(toKafkaSettled(producer)))
    const sent = [{ value: 'a' }, bad, { value: 'b' }, { value: 'c', headers: { h: 'd' } }].map(
      (given) =>
        producer.send({ topic: 't', value: 'v', partition: 0, ...given }).then(
          () => 'sent',
          ({ code, persisted }) => `${code} ${persisted}`,
        ),
    )
    const words = await Promise.all(sent)
    expect(words.toSpliced(1, 1)).toEqual(['sent', 'sent', 'sent'])
    expect(['INVALID_RECORD no', 'SERIALIZER_FAILED no']).toContain(words[1])
    expect(await other.ended).toBeNull()
    expect(other.values.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    expect(await producer.send({ topic: 't', value: 'next' })).toMatchObject({ offset: 5 })
    expect(await logOf(cluster)).toEqual(['1', '2', 'a', 'b', 'c', 'next'])
    const free = producer.metrics().find(({ name }) => name === 'buffer-available-bytes')
    expect(free!.value).toBe(32 * 2 ** 20)
  })

  it('are detached while their record waits for memory fail only that record', async () => {
    const { cluster, producer } = await startProducer({ 'buffer.memory': 1024, 'batch.size': 1024 })
    await producer.partitionsFor('t')
    const bytes = new Uint8Array(500)
    const sent = [
      { topic: 't', value: 'x'.repeat(900) },
      { topic: 't', value: bytes },
      { topic: 't', value: 'last' },
    ].map((record) =>
      producer.send(record).then(
        () => 'sent',
        ({ code }) => code,
      ),
    )
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    expect(await Promise.all(sent)).toEqual(['sent', 'INVALID_RECORD', 'sent'])
    expect((await logOf(cluster)).at(-1)).toBe('last')
  })
})
