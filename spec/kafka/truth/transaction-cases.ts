// The answers to transaction requests: from the coordinator, the leaders and the group's
// coordinator, and what readers get. Each case has its own transactional ids. While a transaction
// is being completed, Kafka tells clients to wait, for an unpredictable time, so an answer that
// says only this is requested again.

import { Fetch } from '../../../lib/protocol/messages/fetch.ts'
import { headerBytes, readHeader } from '../../../lib/records/batch-header.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { type RawIdentity, RawTransactions, settled } from '../../support/raw-transactions.ts'
import { type Case, nameOf, offsetOf, type Place } from './ask.ts'

/** A client with an id that no other case has. */
function client(raw: RawClient, { topic, partition }: Place, name = 'one'): RawTransactions {
  return new RawTransactions(raw, `${topic}-${partition}-${name}`)
}

/** Identities by what stays the same and what rises, because producer ids differ in each run. */
function relative(first: RawIdentity, who: RawIdentity) {
  const isNobody = who.producerId === -1n
  const id = isNobody ? 'nobody' : who.producerId === first.producerId ? 'same' : 'new'
  return [id, isNobody ? who.producerEpoch : who.producerEpoch - first.producerEpoch]
}

/** Ends the transaction, and returns the answer and the identity after it. */
async function ended(
  mine: RawTransactions,
  first: RawIdentity,
  who: RawIdentity,
  committed: boolean,
  version = 5,
) {
  const { error, who: next } = await settled(() => mine.end(who, committed, version))
  return [error, relative(first, next)]
}

/**
 * What a reader of the partition gets, batch by batch, in both isolation levels; markers byte by
 * byte.
 */
async function readers(raw: RawClient, place: Place, first: RawIdentity) {
  const found: unknown[] = []
  for (const isolationLevel of [0, 1]) {
    for (let offset = 0n; ; ) {
      const one = await fetchOne(raw, place, { offset, isolationLevel })
      const aborted = one.abortedTransactions?.map(({ producerId, firstOffset }) => [
        producerId === first.producerId,
        firstOffset,
      ])
      const batches = batchesOf(one.records ?? new Uint8Array(0), first)
      found.push([nameOf(one.errorCode), one.highWatermark, one.lastStableOffset, aborted, batches])
      if (batches.length === 0) break
      offset = BigInt((batches.at(-1) as [number])[0] + 1)
    }
  }
  found.push(await offsetOf(raw, place, -1n))
  return found
}

async function fetchOne(
  raw: RawClient,
  { topic, partition }: Place,
  { offset = 0n, isolationLevel = 1 },
) {
  const asked = { partition, fetchOffset: offset, partitionMaxBytes: 1 }
  const topics = [{ topic, partitions: [asked] }]
  const limits = { maxWaitMs: 1, minBytes: 1, maxBytes: 1, isolationLevel }
  const answer = await raw.ask(Fetch, 12, { ...limits, topics, forgottenTopicsData: [] })
  return answer.responses[0]!.partitions[0]!
}

function batchesOf(bytes: Uint8Array, first: RawIdentity): unknown[] {
  const found: unknown[] = []
  for (let at = 0; at + headerBytes <= bytes.byteLength; ) {
    const { byteLength, baseOffset, attributes, producerId, producerEpoch, baseSequence } =
      readHeader(bytes, at)
    const who = relative(first, { producerId, producerEpoch })
    // Of a marker: lengths, key and version; the coordinator's epoch differs in each run.
    const record = Buffer.from(bytes.subarray(at + headerBytes, at + byteLength - 5))
    const payload = attributes & 0b10_0000 ? record.toString('hex') : ''
    found.push([baseOffset, byteLength, attributes, who, baseSequence, payload])
    at += byteLength
  }
  return found
}

/** Waits until the partition has no open transaction. */
async function decided(raw: RawClient, place: Place): Promise<void> {
  await settled(async () => {
    const { lastStableOffset, highWatermark } = await fetchOne(raw, place, {})
    return { error: lastStableOffset < highWatermark ? 'CONCURRENT_TRANSACTIONS' : 'NONE' }
  })
}

const next = ({ producerId, producerEpoch }: RawIdentity, by = 1): RawIdentity => {
  return { producerId, producerEpoch: producerEpoch + by }
}

const nobody: RawIdentity = { producerId: 999_999_999n, producerEpoch: 0 }

export const transactionCases: Readonly<Record<string, Case>> = {
  'a commit and an abort, TV2': async (raw, place) => {
    const mine = client(raw, place)
    const first = await mine.begin()
    const answers: unknown[] = [await mine.send(first, place.topic, place.partition)]
    answers.push(await ended(mine, first, first, true), await ended(mine, first, first, true))
    answers.push(await ended(mine, first, first, false))
    await decided(raw, place)
    const second = next(first)
    answers.push(await settled(() => mine.send(second, place.topic, place.partition)))
    answers.push(await ended(mine, first, second, false), await ended(mine, first, second, false))
    answers.push(await ended(mine, first, second, true))
    await decided(raw, place)
    const third = next(first, 2)
    answers.push(await settled(() => mine.send(third, place.topic, place.partition)))
    return [...answers, await readers(raw, place, first)]
  },
  'a commit and an abort, TV1': async (raw, place) => {
    const mine = client(raw, place)
    const { topic, partition } = place
    const first = await mine.begin()
    const answers: unknown[] = []
    const sending = { version: 11 }
    answers.push(await mine.send(first, topic, partition, sending))
    for (const [baseSequence, committed] of [
      [0, true],
      [1, false],
      [2, true],
    ] as const) {
      answers.push(await settled(() => mine.add(first, topic, [partition])))
      answers.push(await mine.send(first, topic, partition, { ...sending, baseSequence }))
      answers.push(await ended(mine, first, first, committed, 4))
      answers.push(await ended(mine, first, first, committed, 4))
      answers.push(await ended(mine, first, first, !committed, 4))
    }
    await decided(raw, place)
    return [...answers, await readers(raw, place, first)]
  },
  'the next end, at once': async (raw, place) => {
    const mine = client(raw, place)
    const first = await mine.begin()
    await mine.send(first, place.topic, place.partition)
    const answers: unknown[] = [(await mine.end(first, true)).error]
    const early = (await mine.end(next(first), false)).error
    // Kafka 4.4 requested a wait here; a faster one may be done.
    answers.push(early === 'CONCURRENT_TRANSACTIONS' || early === 'NONE')
    return answers
  },
  'an end of nothing': async (raw, place) => {
    const answers: unknown[] = []
    for (const version of [4, 5]) {
      for (const committed of [true, false]) {
        const mine = client(raw, place, `${version}${committed}`)
        const first = await mine.begin()
        answers.push(await ended(mine, first, first, committed, version))
        answers.push(await ended(mine, first, first, committed, version))
        answers.push(await ended(mine, first, next(first), committed, version))
      }
    }
    return answers
  },
  'a second producer with the id': async (raw, place) => {
    const { topic, partition } = place
    const mine = client(raw, place)
    const first = await mine.begin()
    await mine.send(first, topic, partition)
    const refused = await mine.init()
    const { error, who: second } = await settled(() => mine.init())
    await decided(raw, place)
    const late = { baseSequence: 1 }
    return [
      [refused.error, error, relative(first, second)],
      await mine.send(first, topic, partition, late),
      await mine.send(first, topic, partition, { ...late, version: 11 }),
      (await mine.end(first, true, 5)).error,
      (await mine.end(first, true, 4)).error,
      (await mine.end(first, false, 1)).error,
      await mine.add(first, topic, [partition]),
      await mine.add(first, topic, [partition], 1),
      await mine.addOffsets(first, 'a-group'),
      await mine.addOffsets(first, 'a-group', 1),
      (await mine.init(first)).error,
      (await mine.init(first, { version: 3 })).error,
      await readers(raw, place, first),
    ]
  },
  // 1. A new producer asks for the id, which aborts the open transaction under the next epoch. It
  // is told to wait. 2. The old producer still has the epoch before that, so its end is taken for
  // a repeat. 3. The new one asks again, and from then on the old one is fenced.
  'the end of a producer whose transaction another one has aborted': async (raw, place) => {
    const { topic, partition } = place
    const answers: unknown[] = []
    for (const version of [5, 4]) {
      for (const committed of [true, false]) {
        const mine = client(raw, place, `${version}${committed}`)
        const first = await mine.begin()
        const sent = await mine.send(first, topic, partition)
        answers.push(sent.error, (await mine.init()).error)
        await decided(raw, place)
        const late = () => ended(mine, first, first, committed, version)
        answers.push(await late(), await late())
        answers.push(await ended(mine, first, next(first), true, version))
        answers.push((await mine.add(first, topic, [partition])).error)
        answers.push((await mine.addOffsets(first, 'a-group')).error)
        answers.push((await mine.send(first, topic, partition, { baseSequence: 1 })).error)
        const { error, who } = await settled(() => mine.init())
        answers.push([error, relative(first, who)], await late())
      }
    }
    return [...answers, await readers(raw, place, nobody)]
  },
  // It has no answer of its own: the epoch before is not fenced, but may be had.
  'InitProducerId of one whose transaction another one has aborted': async (raw, place) => {
    const mine = client(raw, place)
    const first = await mine.begin()
    await mine.send(first, place.topic, place.partition)
    const answers: unknown[] = [(await mine.init()).error]
    await decided(raw, place)
    for (const claimed of [first, first, next(first)]) {
      const { error, who } = await settled(() => mine.init(claimed))
      answers.push([error, relative(first, who)])
    }
    return answers
  },
  'InitProducerId of one who goes on': async (raw, place) => {
    const mine = client(raw, place)
    const first = await mine.begin()
    const answers: unknown[] = []
    for (const claimed of [first, first, next(first), next(first, 7), nobody]) {
      const { error, who } = await mine.init(claimed)
      answers.push([error, relative(first, who)])
    }
    return answers
  },
  'timeouts of transactions, and an empty id': async (raw, place) => {
    const answers: unknown[] = []
    for (const timeoutMs of [-1, 0, 900_001, 900_000]) {
      const mine = client(raw, place, `${timeoutMs}`)
      await settled(() => mine.find('transaction', mine.id))
      answers.push((await settled(() => mine.init(undefined, { timeoutMs }))).error)
    }
    return answers
  },
  'a Produce to what was not added': async (raw, place) => {
    const answers: unknown[] = []
    for (const version of [8, 9, 10, 11, 12]) {
      const mine = client(raw, place, `v${version}`)
      const first = await mine.begin()
      answers.push(await mine.send(first, place.topic, place.partition, { version }))
      answers.push((await settled(() => mine.end(first, false))).error)
    }
    await decided(raw, place)
    return answers
  },
  'AddPartitionsToTxn of what is not there': async (raw, place) => {
    const mine = client(raw, place)
    const first = await mine.begin()
    return [
      await mine.add(first, place.topic, [place.partition, 100_000]),
      await mine.add(first, `${place.topic}-not`, [0]),
      await ended(mine, first, first, true),
    ]
  },
  'identities that are not': async (raw, place) => {
    const { topic, partition } = place
    const mine = client(raw, place)
    const first = await mine.begin()
    const stranger = client(raw, place, 'stranger')
    await settled(() => stranger.find('transaction', stranger.id))
    const answers: unknown[] = []
    for (const who of [next(first), nobody]) {
      for (const version of [11, 12]) {
        answers.push(await mine.send(who, topic, partition, { version }))
      }
      answers.push(await mine.add(who, topic, [partition]))
      answers.push(await mine.addOffsets(who, 'a-group'))
      answers.push((await mine.end(who, true)).error, (await mine.end(who, true, 4)).error)
    }
    answers.push(await stranger.add(nobody, topic, [partition]))
    answers.push(await stranger.addOffsets(nobody, 'a-group'))
    answers.push((await stranger.end(nobody, true)).error)
    answers.push(await stranger.send(nobody, topic, partition))
    return answers
  },
  'a plain batch within a transaction': async (raw, place) => {
    const { topic, partition } = place
    const mine = client(raw, place)
    const first = await mine.begin()
    const plain = { isTransactional: false }
    const answers: unknown[] = [await mine.send(first, topic, partition, plain)]
    answers.push(await mine.send(first, topic, partition, { baseSequence: 1 }))
    answers.push(await mine.send(first, topic, partition, { ...plain, baseSequence: 2 }))
    answers.push(await ended(mine, first, first, true))
    await decided(raw, place)
    return [...answers, await readers(raw, place, first)]
  },
  'a partition that is open': async (raw, place) => {
    const mine = client(raw, place)
    const first = await mine.begin()
    await mine.send(first, place.topic, place.partition)
    return readers(raw, place, first)
  },
  'offsets in a transaction': async (raw, place) => {
    const group = `${place.topic}-group`
    const mine = client(raw, place)
    const first = await mine.begin()
    await settled(() => mine.find('group', group))
    const answers: unknown[] = []
    const commit = (how = {}, topic = place.topic) =>
      settled(() => mine.commitOffset(first, group, topic, how))
    answers.push(await commit({ version: 3 }), await commit({ version: 4 }))
    answers.push(await commit({ version: 5 }))
    answers.push(await commit({ version: 5 }, `${place.topic}-not`))
    answers.push(await commit({ version: 5, generation: 1, memberId: 'somebody' }))
    answers.push(await commit({ version: 5, memberId: 'somebody' }))
    answers.push(await commit({ version: 5, instanceId: 'an-instance' }))
    answers.push(await settled(() => mine.commitOffset(first, '', place.topic)))
    answers.push(await settled(() => mine.commitOffset(next(first), 'another', place.topic)))
    answers.push(await settled(() => mine.commitOffset(nobody, 'another', place.topic)))
    answers.push(await ended(mine, first, first, true))
    return answers
  },
  'offsets in a transaction, TV1': async (raw, place) => {
    const group = `${place.topic}-group-1`
    const mine = client(raw, place)
    const first = await mine.begin()
    await settled(() => mine.find('group', group))
    const answers: unknown[] = [await settled(() => mine.addOffsets(first, group))]
    for (const version of [0, 2, 3, 4]) {
      answers.push(await settled(() => mine.commitOffset(first, group, place.topic, { version })))
    }
    // The repeat is answered when the transaction is completed.
    answers.push(await ended(mine, first, first, true, 4), await ended(mine, first, first, true, 4))
    answers.push(await settled(() => mine.commitOffset(first, group, place.topic, { version: 4 })))
    return answers
  },
}
