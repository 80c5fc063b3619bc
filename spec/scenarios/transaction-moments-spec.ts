import { Subject } from 'rxjs'
import { exactlyOnce, type KafkaProducer } from 'to-kafka'
import type { SimulatedCluster } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { inTime, record } from '../support/transactions-in-time.ts'

// What may happen while messages are consumed, transformed and produced, at each millisecond:
// between any two answers, and while a stream of records or the membership of the group is awaited.
// The committed records and offsets belong together, nothing else is emitted, and a producer that
// may continue does so.

const untilMs = 30
const member = { groupId: 'g', generationId: 1, memberId: 'm' }

interface Scene {
  readonly cluster: SimulatedCluster
  readonly producer: KafkaProducer
  readonly unsubscribe: () => void
}

/** The event, and whether the producer continues. */
const happenings: Readonly<
  Record<string, readonly [act: (scene: Scene) => void, goesOn: boolean]>
> = {
  'its stream is unsubscribed': [({ unsubscribe }) => unsubscribe(), true],
  'its consumer leaves the group': [
    ({ cluster }) => cluster.defineGroup('g', { generation: 2, members: { other: null } }),
    true,
  ],
  'another producer takes its id': [({ cluster }) => cluster.fenceProducer('id'), false],
  'its producer is closed': [({ producer }) => void producer.close(), false],
  'its producer is closed at once': [({ producer }) => void producer.close({ timeout: 0 }), false],
}

/** Returns the number of committed messages. */
async function at(moment: number, version: '3.9' | '4.4', name: string): Promise<number> {
  const [act, goesOn] = happenings[name]!
  const { cluster, clock, producer, over, pass, committed } = inTime({ version })
  cluster.defineGroup('g', { generation: 1, members: { m: null } })
  const shared = producer()
  await over(shared.initTransactions())
  const begun = clock.now()
  const messages$ = new Subject<number>()
  const emitted: string[] = []
  const membership = async () => {
    await new Promise<void>((resolve) => void clock.at(clock.now() + 1, resolve))
    return member
  }
  const records = (message: number) => {
    const delayed = new Subject<ReturnType<typeof record>>()
    clock.at(clock.now() + 1, () => {
      delayed.next(record(`${message}`))
      delayed.complete()
    })
    return delayed
  }
  const subscription = messages$
    .pipe(
      exactlyOnce(shared, {
        records,
        position: (message) => ({ topic: 'in', partition: 0, offset: message }),
        group: membership,
        every: 4,
      }),
    )
    .subscribe({ next: ({ message }) => emitted.push(`${message}`), error() {} })
  for (let message = 0; message < 10; message += 1) {
    clock.at(begun + 2 * message, () => messages$.next(message))
  }
  const scene = { cluster, producer: shared, unsubscribe: () => subscription.unsubscribe() }
  clock.at(begun + moment, () => act(scene))
  await pass(2000)

  const values = committed()
  const [offset] = cluster.committedOffsets('g')
  expect(values).toEqual(Array.from({ length: offset?.offset ?? 0 }, (_, index) => `${index}`))
  expect(values.slice(0, emitted.length)).toEqual(emitted)
  const next = shared.transaction((tx) => void tx.send(record('next')))
  if (goesOn) await over(next)
  else await expect(over(next)).rejects.toMatchObject({ name: expect.any(String) })
  await over(shared.close())
  await pass(10)
  expect([cluster.connections, clock.pending]).toEqual([0, 0])
  expect(cluster.violations).toEqual([])
  return values.length
}

describe.each(['3.9', '4.4'] as const)('exactlyOnce on Kafka %s', (version) => {
  it.each(Object.keys(happenings))(
    `commits records and offsets together, at each moment when %s`,
    async (name) => {
      const counts = new Set<number>()
      for (let moment = 0; moment < untilMs; moment += 1) {
        const count = await at(moment, version, name).catch((error: Error) => {
          throw new Error(`after ${moment} ms: ${error.message}`, { cause: error })
        })
        counts.add(count)
      }
      // The event occurred before, between and after transactions.
      expect(counts.size).toBeGreaterThan(2)
    },
    120_000,
  )
})
