import { concatMap, from, map, skip } from 'rxjs'
import { type KafkaProducer, paced, toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { listen, records, settle, startProducer } from '../support/scenario.ts'

// A source that can wait, on a producer on which a record of another stream waits: for metadata,
// for a promise, for its turn. buffer-full-spec.ts has records that wait for memory.

const values = Array.from({ length: 300 }, (_, index) => `${index}`)

/** A value that is never serialized. */
const never = Symbol('never')

async function startShared() {
  const { producer } = await startProducer({
    'value.serializer': (value: string | symbol) =>
      value === never ? new Promise<string>(() => {}) : String(value),
  } as object)
  const shared = producer as unknown as KafkaProducer<never, string | symbol>
  await shared.send({ topic: 't', value: 'warm' })
  return shared
}

/** Reasons to wait for a minute, or forever. */
const waits: [string, (producer: KafkaProducer<never, string | symbol>) => void][] = [
  [
    'a send() waits for its topic',
    (producer) => void producer.send({ topic: 'nope', value: 'a' }).catch(() => {}),
  ],
  [
    'a serializer has returned a promise that never settles',
    (producer) => {
      listen(from([{ topic: 't', value: never }]).pipe(toKafka(producer)))
    },
  ],
  [
    'a stream has as many outstanding records as allowed',
    (producer) => {
      const bound = { order: 'input', maxOutstanding: 1 } as const
      listen(from(records(['a', 'b'], 'nope')).pipe(toKafka(producer, bound)))
    },
  ],
]

describe('while a record of another stream waits', () => {
  it.each(waits)('a paced source continues: %s', async (_, wait) => {
    const producer = await startShared()
    wait(producer)
    const delivered = listen(
      paced(values, producer).pipe(
        map((value) => ({ topic: 't', value })),
        toKafka(producer),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toHaveLength(300)
  })

  it.each(waits)('a writable accepts writes: %s', async (_, wait) => {
    const producer = await startShared()
    wait(producer)
    const writer = producer.writable().getWriter()
    for (const value of values) await writer.write({ topic: 't', value })
  })

  it('a paced source whose first items make no records continues', async () => {
    const producer = await startShared()
    void producer.send({ topic: 'nope', value: 'a' }).catch(() => {})
    const delivered = listen(
      paced(values, producer).pipe(
        skip(10),
        map((value) => ({ topic: 't', value })),
        toKafka(producer),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toHaveLength(290)
  })

  it('a paced source stops at its own waiting record', async () => {
    const producer = await startShared()
    void producer.send({ topic: 'nope', value: 'a' }).catch(() => {})
    let pulled = 0
    const counted = map((value: string) => {
      pulled += 1
      return { topic: Number(value) < 100 ? 't' : 'neither', value }
    })
    listen(paced(values, producer).pipe(counted, toKafka(producer)))
    while (pulled < 101) await settle(1)
    await settle(100)
    expect(pulled).toBe(101)
  })

  it('a paced source whose records arrive later is asked for at most 64 items', async () => {
    const producer = await startShared()
    let pulled = 0
    const later = concatMap(async (value: string) => ({ topic: 'nope', value }))
    const source = paced(values, producer).pipe(
      map((value) => {
        pulled += 1
        return value
      }),
      later,
      toKafka(producer),
    )
    void producer.send({ topic: 'nope', value: 'a' }).catch(() => {})
    listen(source)
    await settle(100)
    expect(pulled).toBe(64)
  })
})
