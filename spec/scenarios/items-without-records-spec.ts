import { Observable } from 'rxjs'
import { paced, toKafkaEach } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { listen, settle, startProducer } from '../support/scenario.ts'

// Items of toKafkaEach without records, after an item whose record is not acknowledged yet: they
// use no buffer, and their number is still limited.

/** A producer whose broker answers nothing until it is resumed; only item 0 has a record. */
async function behindTheFirst() {
  const { cluster, producer } = await startProducer({ 'linger.ms': 0 })
  await producer.send({ topic: 't', value: 'connects' })
  cluster.pauseBroker(1)
  const project = (item: number) => (item === 0 ? { topic: 't', value: 'first' } : null)
  return { producer, project, resume: () => cluster.resumeBroker(1) }
}

describe('items without records that wait for an earlier item', () => {
  it('stop a paced source when there are maxOutstanding of them, and are emitted in order', async () => {
    const { producer, project, resume } = await behindTheFirst()
    let pulled = 0
    function* items() {
      for (; pulled < 5_000; ) yield pulled++
    }
    const each = toKafkaEach(producer, project, { maxOutstanding: 100 })
    const { values, ended } = listen(paced(items(), producer).pipe(each))
    await settle()
    expect(pulled).toBe(101)
    resume()
    expect(await ended).toBeNull()
    expect(values.map(({ item }) => item)).toEqual([...Array(5_000).keys()])
    expect(pulled).toBe(5_000)
  })

  it('do not stop the sources of other streams', async () => {
    const { producer, project, resume } = await behindTheFirst()
    const each = toKafkaEach(producer, project, { maxOutstanding: 1 })
    const waiting = listen(paced([...Array(10).keys()], producer).pipe(each))
    await settle()
    const others = Array.from({ length: 500 }, (_, index) => index + 1)
    const other = listen(paced(others, producer).pipe(toKafkaEach(producer, project)))
    expect(await other.ended).toBeNull()
    expect(other.values).toHaveLength(500)
    resume()
    expect(await waiting.ended).toBeNull()
  })

  it('fail a stream that cannot wait after a million of them wait and have been emitted', async () => {
    const { producer, project, resume } = await behindTheFirst()
    let given = 0
    let emitted = 0
    const source = new Observable<number>((out) => {
      for (; given < 1_100_000 && !out.closed; given += 1) out.next(given)
    })
    const ended = new Promise((resolve) => {
      source.pipe(toKafkaEach(producer, project)).subscribe({
        next: ({ item }) => {
          if (item === emitted) emitted += 1
        },
        error: resolve,
      })
    })
    expect(given).toBe(1_000_002)
    resume()
    expect(await ended).toMatchObject({ name: 'DeliveryError', code: 'BUFFER_EXHAUSTED' })
    expect(emitted).toBe(1_000_001)
  })
})
