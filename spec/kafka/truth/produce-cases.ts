// Produce requests: batches that are good, odd, broken, repeated, too large, or have other times.

import { gzipSync } from 'node:zlib'
import { Produce } from '../../../lib/protocol/messages/produce.ts'
import { type Compression, codecs } from '../../../lib/records/compression.ts'
import { type BatchSpec, batch, int } from '../../support/batches.ts'
import { ab, type Case, nameOf, one, send, sending, sequences } from './ask.ts'

const good = batch(ab)
const three: BatchSpec = { records: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] }
const deltas = (...offsets: number[]): BatchSpec => ({
  records: offsets.map((offsetDelta) => ({ value: 'x', offsetDelta })),
})
const zipped = (spec: BatchSpec): BatchSpec => ({ ...spec, compression: 'gzip' })

function damaged(): Buffer {
  const bytes = Buffer.from(good)
  bytes[70]! ^= 1
  return bytes
}

/** A batch whose stream consists of the codec's output for its records, or for parts of them. */
function streamed(
  codec: Compression,
  layout: (compress: (bytes: Uint8Array) => Uint8Array, raw: Buffer) => Uint8Array[],
): BatchSpec {
  const { id, compress } = codecs[codec]
  const stream = (raw: Buffer) => Buffer.concat(layout((bytes) => compress(bytes), raw))
  return { ...three, attributes: id, stream }
}

const halves: Parameters<typeof streamed>[1] = (compress, raw) => [
  compress(raw.subarray(0, 9)),
  compress(raw.subarray(9)),
]
const skipped = Buffer.from('502a4d1803000000616263', 'hex')
const wrongHead = (compress: (bytes: Uint8Array) => Uint8Array, raw: Buffer) => {
  const frame = Buffer.from(compress(raw))
  frame[6]! ^= 1
  return [frame]
}
const nulls: BatchSpec = { records: [{ nullLength: -2, headers: [['h', null]] }] }
const five = Array.from({ length: 6 }, (_, sequence) => [sequence, 1, 0] as const)
const sized = (bytes: number): BatchSpec => {
  const around = batch({ records: [{ value: Buffer.alloc(100_000) }] }).byteLength - 100_000
  return { records: [{ value: Buffer.alloc(bytes - around) }] }
}
const hour = 3_600_000
const now = Date.now()
const idempotent = (spec: BatchSpec, producerEpoch = 0): BatchSpec => {
  return { ...spec, producerId: 4711, producerEpoch, baseSequence: 0 }
}

const shapes: Readonly<Record<string, Case>> = {
  'good batches': sending([ab, ab, three]),
  'keys and values of length -2': sending([nulls, zipped(nulls)]),
  gzip: sending([zipped(ab)]),
  snappy: sending([{ ...ab, compression: 'snappy' }]),
  'raw snappy': sending([{ ...ab, compression: 'raw-snappy' }]),
  'damaged bytes': sending([damaged()]),
  'a wrong checksum': sending([{ ...ab, crc: 1 }]),
  'a wrong length': sending([
    { ...ab, batchLength: 60 },
    { ...ab, batchLength: 10 },
  ]),
  'a negative length': sending([{ ...ab, batchLength: -1 }]),
  'two batches': sending([Buffer.concat([good, good])]),
  'a batch and a half': sending([Buffer.concat([good, good.subarray(0, 40)])]),
  'a batch and a few bytes': sending([Buffer.concat([good, int(4, 0)])]),
  'a part of a batch': sending([good.subarray(0, 70)]),
  'too few bytes': sending([Buffer.alloc(60), Buffer.alloc(16), Buffer.alloc(5)]),
  'no bytes': sending([Buffer.alloc(0)]),
  'an old magic': sending([
    { ...ab, magic: 1 },
    { ...ab, magic: 0 },
  ]),
  'a magic to come': sending([
    { ...ab, magic: 3 },
    { ...ab, magic: 9 },
  ]),
  'a base offset': sending([Buffer.concat([int(8, 5), good.subarray(8)])]),
  'a count too large': sending([{ ...ab, recordCount: 3, lastOffsetDelta: 2 }]),
  'a count too small': sending([{ ...three, recordCount: 2, lastOffsetDelta: 1 }]),
  'the same, compressed': sending([
    zipped({ ...ab, recordCount: 3, lastOffsetDelta: 2 }),
    zipped({ ...three, recordCount: 2, lastOffsetDelta: 1 }),
  ]),
  'a wrong last offset delta': sending([
    { ...ab, lastOffsetDelta: 2 },
    { ...ab, lastOffsetDelta: 0 },
  ]),
  'no records': sending([{ records: [], maxTimestamp: 0 }]),
  'offset deltas with a hole': sending([deltas(0, 1, 3), deltas(1, 2, 3)]),
  'the same hole, compressed': sending([zipped(deltas(0, 1, 3))]),
  'offset deltas out of order': sending([deltas(0, 2, 1)]),
  'offset deltas out of order, compressed': sending([zipped(deltas(0, 2, 1))]),
  'one offset delta for all, compressed': sending([zipped(deltas(0, 0, 0))]),
  'trailing bytes': sending([{ ...ab, trailing: int(1, 0) }]),
  'trailing bytes, compressed': sending([zipped({ ...ab, trailing: int(1, 0) })]),
  'a control batch': sending([{ ...ab, attributes: 32 }]),
  'a transactional batch': sending([
    { ...ab, attributes: 16 },
    idempotent({ ...ab, attributes: 16 }),
  ]),
  'unused bits': sending([
    { ...ab, attributes: 128 },
    { ...ab, attributes: 64 },
  ]),
  'the bit of log append time': sending([{ ...ab, attributes: 8 }]),
  'a wrong maximum timestamp': sending([{ ...ab, maxTimestamp: 5 }]),
  'codecs to come': sending([5, 6, 7].map((attributes) => ({ ...ab, attributes }))),
  'bytes that gzip cannot read': sending([{ ...ab, attributes: 1 }]),
  'bytes that snappy cannot read': sending([{ ...ab, attributes: 2 }]),
  'bytes that lz4 cannot read': sending([{ ...ab, attributes: 3 }]),
  'gzip that is cut off': sending([
    { ...ab, attributes: 1, stream: (raw) => gzipSync(raw).subarray(0, -9) },
  ]),
  'gzip in several members': sending([streamed('gzip', halves)]),
  'gzip with bytes behind its end': sending([
    streamed('gzip', (compress, raw) => [compress(raw), Buffer.from('more')]),
  ]),
  'several xerial streams': sending([streamed('snappy', halves)]),
  'two frames of lz4': sending([streamed('lz4', halves)]),
  'lz4 with a skippable frame behind it': sending([
    streamed('lz4', (compress, raw) => [compress(raw), skipped]),
  ]),
  'lz4 with zeros behind its end': sending([
    streamed('lz4', (compress, raw) => [compress(raw), Buffer.alloc(8)]),
  ]),
  'lz4 whose header has a wrong checksum': sending([streamed('lz4', wrongHead)]),
  'an empty header key, a null value, many headers': sending([
    { records: [{ headers: [['', null]] }] },
    { records: [{ headers: Array.from({ length: 1000 }, () => ['h', 'v'] as const) }] },
  ]),
  'a header without a name': sending([{ records: [{ headers: [[null, 'v']] }] }]),
  'nulls, and nothing': sending([
    {
      records: [
        { key: null, value: null },
        { key: '', value: '' },
      ],
    },
  ]),
}

const order: Readonly<Record<string, Case>> = {
  'sequences in order': sequences([0, 3, 0], [3, 1, 0], [4, 2, 0]),
  'a gap': sequences([0, 1, 0], [2, 1, 0], [1, 1, 0]),
  'repeats of the last five': sequences(...five, ...five.slice(1)),
  'a repeat that is older': sequences(...five, [0, 1, 0], [6, 1, 0]),
  'a repeat of another length': sequences([0, 3, 0], [0, 2, 0]),
  'a producer that begins late': sequences([41, 1, 0], [42, 1, 0]),
  'a new epoch': sequences([0, 1, 0], [1, 1, 1], [0, 1, 1], [1, 1, 0], [0, 1, 1]),
  'sequences that wrap': sequences([2147483646, 4, 0], [2147483646, 4, 0], [2, 1, 0]),
  'a repeat with other times': sending([
    idempotent({ records: [5, 9, 7].map((timestamp) => ({ timestamp })) }),
    idempotent({ records: [5, 9, 7].map((timestamp) => ({ timestamp })) }),
  ]),
  'a repeat on a topic of log append time': async (raw, place) => {
    const to = { topic: place.named('stamped'), partition: 0 }
    const answers = [1, 2, 3].map(() => () => send(raw, place, idempotent(ab), to))
    return inTurn(answers)
  },
  'a partition listed twice': async (raw, { topic, partition: index }) => {
    const partitionData = [ab, three].map((spec) => ({ index, records: [batch(spec)] }))
    const body = { acks: -1, timeoutMs: 5000, topicData: [{ name: topic, partitionData }] }
    const { responses } = await raw.ask(Produce, 9, body)
    return responses[0]!.partitionResponses.map(({ errorCode: code }) => nameOf(code))
  },
  'a producer without a sequence': sending([{ ...ab, producerId: 1, producerEpoch: 0 }]),
  'a producer without an epoch': sending([{ ...ab, producerId: 1, baseSequence: 0 }]),
  'what follows deleted records': async (raw, place) => {
    const of = (baseSequence: number) => ({ ...idempotent(one), baseSequence })
    const before = [await send(raw, place, of(0)), await send(raw, place, of(1))]
    await place.deleteBefore(2)
    return [
      before,
      await inTurn([1, 3, 2].map((next) => () => send(raw, place, of(next)))),
      await send(raw, place, damaged()),
    ]
  },
}

const rules: Readonly<Record<string, Case>> = {
  'a record of tomorrow': sending([{ records: [{}, { timestamp: now + 24 * hour }] }]),
  'records of tomorrow, compressed': sending([
    zipped({ records: Array.from({ length: 5 }, () => ({ timestamp: now + 24 * hour })) }),
  ]),
  'times before 1970': sending([{ records: [{ timestamp: -1 }, { timestamp: -1 }] }]),
  'a record of tomorrow, where the broker stamps': async (raw, place) => {
    const ahead = { records: [{ timestamp: now + 24 * hour }] }
    return send(raw, place, ahead, { topic: place.named('stamped'), partition: 1 })
  },
  'records without a key in a compacted topic': async (raw, place) => {
    const keys = (...all: (string | null)[]) => ({
      records: all.map((key) => ({ key, value: 'v' })),
    })
    const specs = [keys('a'), keys('a', null, 'b'), keys(null, null, null, null, null), keys('')]
    const to = { topic: place.named('compact'), partition: 0 }
    const compressed = zipped(keys('a', null))
    return inTurn([...specs, compressed].map((spec) => () => send(raw, place, spec, to)))
  },
  'a batch that is too large': sending([sized(1_048_588), sized(1_048_589)]),
  'a batch above what its topic takes': async (raw, place) => {
    const to = { topic: place.named('small'), partition: 0 }
    return inTurn([sized(200), sized(201)].map((spec) => () => send(raw, place, spec, to)))
  },
  'acks of 2 and -2': (raw, place) =>
    inTurn([2, -2, 1].map((acks) => () => send(raw, place, ab, { acks }))),
  'an unknown partition': (raw, place) =>
    inTurn([9999, -1].map((partition) => () => send(raw, place, ab, { partition }))),
  'an unknown topic': (raw, place) => send(raw, place, ab, { topic: `${place.topic}-not` }),
  'a name that no topic can have': (raw, place) => send(raw, place, ab, { topic: 'not a topic' }),
  'zstd before Produce v7': sending([{ ...ab, attributes: 4 }], { version: 6 }),
  'a transactional id without a transaction': (raw, place) =>
    send(raw, place, ab, { transactionalId: 'x' }),
  ...Object.fromEntries(
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((version) => [
      `Produce v${version}`,
      sending([ab, damaged(), sized(1_048_589)], { version }),
    ]),
  ),
}

async function inTurn(steps: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const step of steps) answers.push(await step())
  return answers
}

export const produceCases: Readonly<Record<string, Case>> = { ...shapes, ...order, ...rules }
