import { describe, expect, it } from 'vitest'
import { errorCode } from '../../lib/errors/error-codes.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { codecs } from '../../lib/records/compression.ts'
import { goldenFiles } from '../records/golden/golden-files.ts'
import { type BatchSpec, batch, int } from '../support/batches.ts'
import { brokers, type Target } from '../support/mock-brokers.ts'

const ab: BatchSpec = { records: [{ key: 'k', value: 'a' }, { value: 'b' }] }
const sequenced = { ...ab, producerId: 1, producerEpoch: 0 }

function errorOf(spec: BatchSpec | Uint8Array | null, to: Partial<Target> = {}) {
  const mock = brokers()
  const { errorCode: code, errorMessage, recordErrors, baseOffset } = mock.produce(spec, to)
  expect(baseOffset).toBe(code === 0 ? 0n : -1n)
  return { error: errorCode(code).name, errorMessage, recordErrors, ...mock }
}

describe('a batch', () => {
  it.each(['none', 'gzip', 'snappy', 'raw-snappy'] as const)(
    'is appended with %s',
    (compression) => {
      const { error, model } = errorOf({ ...ab, compression })
      expect(error).toBe('NONE')
      expect([...model.state.partition('t', 0).log.records()]).toHaveLength(2)
      expect(model.violations).toEqual([])
    },
  )

  it('gets the offset after the last one, and the start of the log', () => {
    const { produce } = brokers()
    produce(ab)
    expect(produce(ab)).toMatchObject({ baseOffset: 2n, logAppendTimeMs: -1n, logStartOffset: 0n })
  })

  const corrupt = batch(ab)
  corrupt[70]! ^= 1
  const moved = Buffer.concat([int(8, 5), batch(ab).subarray(8)])

  it.each<[string, BatchSpec | Uint8Array | null, string, string]>([
    ['bytes that are damaged', corrupt, 'CORRUPT_MESSAGE', 'its checksum is'],
    ['a wrong checksum', { ...ab, crc: 1 }, 'CORRUPT_MESSAGE', 'its checksum is 1'],
    ['a wrong length', { ...ab, batchLength: 60 }, 'CORRUPT_MESSAGE', 'its checksum is'],
    ['two batches', Buffer.concat([batch(ab), batch(ab)]), 'INVALID_RECORD', 'exactly one'],
    ['bytes after it', Buffer.concat([batch(ab), int(4, 0)]), 'INVALID_RECORD', '4 bytes follow'],
    ['a part of a batch', batch(ab).subarray(0, 70), 'INVALID_RECORD', '70 bytes are no whole'],
    [
      'too few bytes',
      Buffer.alloc(60),
      'CORRUPT_MESSAGE',
      'Record size 0 is less than the minimum',
    ],
    ['no bytes', Buffer.alloc(0), 'INVALID_RECORD', '0 bytes are no whole'],
    ['null', null, 'INVALID_RECORD', 'no record batch'],
    ['an old magic', { ...ab, magic: 1 }, 'INVALID_RECORD', 'the magic 1'],
    ['a base offset', moved, 'INVALID_RECORD', 'base offset 5'],
    [
      'a wrong count',
      { ...ab, recordCount: 3, lastOffsetDelta: 2 },
      'INVALID_RECORD',
      'it counts 3 records, and its bytes can hold 2',
    ],
    ['no records', { records: [], maxTimestamp: 0 }, 'INVALID_RECORD', 'counts 0 records'],
    ['trailing bytes', { ...ab, trailing: int(1, 0) }, 'INVALID_RECORD', '1 bytes follow'],
    [
      'bytes that its codec cannot read',
      { ...ab, attributes: 2 },
      'UNKNOWN_SERVER_ERROR',
      "snappy can't be decompressed",
    ],
    ['a future codec', { ...ab, attributes: 5 }, 'UNKNOWN_SERVER_ERROR', 'codec 5 is none'],
    [
      'offset deltas with a gap, compressed',
      { records: [{}, { offsetDelta: 2 }], compression: 'gzip' },
      'UNKNOWN_SERVER_ERROR',
      'record 1 has the offset delta 2',
    ],
    ['a control batch', { ...ab, attributes: 32 }, 'INVALID_RECORD', 'control batches'],
    [
      'a transactional batch',
      { ...ab, attributes: 16 },
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      'without a transactional id',
    ],
    ['log append time', { ...ab, attributes: 8 }, 'INVALID_TIMESTAMP', 'timestamp type'],
    ['no sequence', { ...sequenced, baseSequence: -1 }, 'INVALID_RECORD', 'sequence -1'],
  ])('is refused with %s, which is a violation', (_, spec, error, why) => {
    const answer = errorOf(spec)
    expect(answer.error).toBe(error)
    const told = expect.stringMatching(`^broker 1: t-0: ${error}, .*${why}`)
    expect(answer.model.violations).toEqual([told])
    expect(answer.model.state.partition('t', 0).log.nextOffset).toBe(0)
  })

  it('is refused with zstd before Produce v7', () => {
    const zstd = { ...ab, attributes: 4 }
    const { error, model } = errorOf(zstd, { version: 6 })
    expect(error).toBe('UNSUPPORTED_COMPRESSION_TYPE')
    expect(model.violations[0]).toContain('zstd needs Produce v7, this is v6')
    const lz4 = { ...ab, attributes: 3 }
    expect(errorOf(lz4, { version: 3 }).error).toBe('UNKNOWN_SERVER_ERROR')
  })

  it.each(goldenFiles().filter(({ file }) => /^headers-(lz4|zstd)/.test(file)))(
    'is appended as Java compresses it: $file',
    ({ compression, bytes, batches }) => {
      const { model, produce } = brokers({ now: () => batches[0]!.maxTimestamp })
      const { errorCode: code, errorMessage } = produce(atOffset0(bytes))
      const error = errorCode(code).name
      if (codecs[compression].decompressNeeds() !== null) {
        expect(error).toBe('UNSUPPORTED_COMPRESSION_TYPE')
        expect(errorMessage).toMatch(`to look into ${compression} the mock broker needs Node 22.15`)
        return
      }
      expect(error).toBe('NONE')
      const read = [...model.state.partition('t', 0).log.records()]
      expect(read.map(({ timestamp }) => timestamp)).toEqual(
        batches[0]!.records.map(({ timestamp }) => timestamp),
      )
    },
  )

  it('may be as large as message.max.bytes, header included, and no larger', () => {
    const messageMaxBytes = batch(ab).byteLength
    expect(brokers({ messageMaxBytes }).produce(ab).errorCode).toBe(0)

    const { produce, model } = brokers({ messageMaxBytes: messageMaxBytes - 1 })
    expect(errorCode(produce(ab).errorCode).name).toBe('MESSAGE_TOO_LARGE')
    expect(model.violations).toEqual([])
  })

  it('may have a megabyte by default, 1048588 bytes in total', () => {
    const sized = (bytes: number) => {
      const around = batch({ records: [{ value: Buffer.alloc(1_000_000) }] }).byteLength - 1_000_000
      return { records: [{ value: Buffer.alloc(bytes - around) }] }
    }
    expect(batch(sized(1_048_588))).toHaveLength(1_048_588)
    expect(errorOf(sized(1_048_588)).error).toBe('NONE')
    expect(errorOf(sized(1_048_589)).error).toBe('MESSAGE_TOO_LARGE')
  })

  it('may be an hour ahead of the broker; records further ahead are named', () => {
    const records = [{ timestamp: 1_000_000 + 3_600_000 }]
    expect(errorOf({ records }).error).toBe('NONE')

    const late = errorOf({ records: [...records, { timestamp: 1_000_000 + 3_600_001 }] })
    expect(late.error).toBe('INVALID_TIMESTAMP')
    expect(late.errorMessage).toBe(
      'One or more records have been rejected due to invalid timestamp',
    )
    expect(late.recordErrors).toEqual([
      {
        batchIndex: 1,
        batchIndexErrorMessage:
          'Timestamp 4600001 of message with offset 1 is out of range. The timestamp should be within [-9223372036853775807, 4600000]',
      },
    ])
  })

  it('needs a key in each record of a compacted topic; records without one are named', () => {
    const { model, produce } = brokers()
    model.state.createTopic('compact', { cleanupPolicy: 'compact' })
    const to = { topic: 'compact' }
    expect(produce({ records: [{ key: 'a' }, { key: '' }] }, to).errorCode).toBe(0)

    const why = 'Compacted topic cannot accept message without key in topic partition compact-0'
    const refused = produce({ records: [{ key: 'a' }, { value: 'b' }] }, to)
    expect(refused.recordErrors).toEqual([{ batchIndex: 1, batchIndexErrorMessage: why }])
    expect([errorCode(refused.errorCode).name, refused.errorMessage]).toEqual([
      'INVALID_RECORD',
      `One or more records have been rejected due to 1 record errors in total, and only showing the first three errors at most: [RecordError(batchIndex=1, message='${why}')]`,
    ])
    expect(model.state.partition('compact', 0).log.nextOffset).toBe(2)
    expect(model.violations).toEqual([])
  })

  it('with many records too far ahead has the first ten thousand named', () => {
    const records = Array.from({ length: 10_001 }, () => ({ timestamp: 1_000_000 + 3_600_001 }))
    const { recordErrors } = errorOf({ records })
    expect(recordErrors).toHaveLength(10_000)
    expect(recordErrors.at(-1)?.batchIndex).toBe(9_999)
  })

  it('gets the time of the broker if the topic is set to LogAppendTime', () => {
    const { model, produce } = brokers()
    model.state.createTopic('stamped', { timestampType: 'LogAppendTime' })

    expect(produce(ab, { topic: 'stamped' }).logAppendTimeMs).toBe(1_000_000n)
    const { log } = model.state.partition('stamped', 0)
    expect([...log.records()].map(({ timestamp }) => timestamp)).toEqual([1_000_000, 1_000_000])
  })

  it('has the start of the log in its answer, also if it is refused or deleted by then', () => {
    const { produce, model } = brokers()
    const once = { ...sequenced, baseSequence: 0 }
    produce(once)
    model.state.partition('t', 0).log.deleteBefore(2)
    expect(produce(once)).toMatchObject({ errorCode: 0, baseOffset: 0n, logStartOffset: 2n })
    expect(produce({ ...once, baseSequence: 9 })).toMatchObject({
      baseOffset: -1n,
      logStartOffset: 2n,
    })
    expect(produce({ ...once, baseSequence: 2 })).toMatchObject({
      baseOffset: 2n,
      logStartOffset: 2n,
    })
    expect(produce(ab, { broker: 2 }).logStartOffset).toBe(-1n)
  })

  it('is appended once even if it arrives twice, with the same answer', () => {
    const { model, produce } = brokers()
    model.state.createTopic('stamped', { timestampType: 'LogAppendTime' })
    const once = { ...sequenced, baseSequence: 0 }

    const [first, second] = [
      produce(once, { topic: 'stamped' }),
      produce(once, { topic: 'stamped' }),
    ]

    expect(second).toEqual(first)
    expect(model.state.partition('stamped', 0).log.nextOffset).toBe(2)
  })

  it('has its newest time in the answer to a repeat, if the topic keeps the times of records', () => {
    const { produce } = brokers()
    const records = [5, 9, 7].map((timestamp) => ({ timestamp }))
    const once = { records, producerId: 1, producerEpoch: 0, baseSequence: 0 }
    expect(produce(once).logAppendTimeMs).toBe(-1n)
    expect(produce(once)).toMatchObject({ errorCode: 0, baseOffset: 0n, logAppendTimeMs: 9n })
  })

  it('is out of order after a gap, which is no violation', () => {
    const { produce, model } = brokers()
    produce({ ...sequenced, baseSequence: 0 })
    const gap = produce({ ...sequenced, baseSequence: 3 })
    expect(errorCode(gap.errorCode).name).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(gap.errorMessage).toBeNull()
    expect(model.violations).toEqual([])
  })
})

describe('Produce', () => {
  it.each<[string, Partial<Target>, string]>([
    ['an unknown topic', { topic: 'x' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an unknown partition', { partition: 2 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an unknown topic id', { version: 13, topicId: zeroUuid }, 'UNKNOWN_TOPIC_ID'],
    ['acks of 2', { acks: 2 }, 'INVALID_REQUIRED_ACKS'],
    ['another broker', { broker: 2 }, 'NOT_LEADER_OR_FOLLOWER'],
  ])('refuses %s', (_, to, error) => {
    expect(errorOf(ab, to).error).toBe(error)
  })

  it.each([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])('v%i appends and refuses', (version) => {
    const { produce, model } = brokers()
    expect(produce(ab, { version })).toMatchObject({ errorCode: 0, baseOffset: 0n })
    const elsewhere = produce(ab, { version, broker: 2 })
    expect(errorCode(elsewhere.errorCode).name).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(elsewhere.currentLeader.leaderId).toBe(version >= 10 ? 1 : -1)
    expect(model.violations).toEqual([])
  })

  it('names the current leader and its address from v10 on', () => {
    const { ask, model } = brokers()
    model.state.broker(3).port = 9093
    model.state.moveLeader('t', 0, 3)
    const topicData = [{ name: 't', partitionData: [{ index: 0, records: [batch(ab)] }] }]

    const response = ask(1, Produce, 10, { acks: 1, timeoutMs: 1, topicData })

    expect(response.responses[0]!.partitionResponses[0]!.currentLeader).toEqual({
      leaderId: 3,
      leaderEpoch: 1,
    })
    expect(response.nodeEndpoints).toEqual([
      { nodeId: 3, host: '127.0.0.1', port: 9093, rack: null },
    ])
  })

  it('answers for every partition separately', () => {
    const { ask } = brokers()
    const partitionData = [
      { index: 0, records: [batch(ab)] },
      { index: 1, records: [batch(ab)] },
      { index: 9, records: [batch(ab)] },
    ]
    const { responses } = ask(1, Produce, 9, {
      acks: -1,
      timeoutMs: 1,
      topicData: [
        { name: 't', partitionData },
        { name: 'u', partitionData: [{ index: 0, records: [batch({ ...ab, crc: 1 })] }] },
      ],
    })
    const errors = responses.map(({ name, partitionResponses }) => [
      name,
      partitionResponses.map((partition) => errorCode(partition.errorCode).name),
    ])
    expect(errors).toEqual([
      ['t', ['NONE', 'NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_TOPIC_OR_PARTITION']],
      ['u', ['CORRUPT_MESSAGE']],
    ])
  })

  it('refuses a partition that is twice in a request', () => {
    const { ask, model } = brokers()
    const partitionData = [0, 0].map((index) => ({ index, records: [batch(ab)] }))
    const topicData = [{ name: 't', partitionData }]
    const { responses } = ask(1, Produce, 9, { acks: 1, timeoutMs: 1, topicData })
    const errors = responses[0]!.partitionResponses.map((partition) => partition.errorCode)
    expect(errors.map((code) => errorCode(code).name)).toEqual([
      'INVALID_REQUEST',
      'INVALID_REQUEST',
    ])
    expect(model.violations).toHaveLength(2)
  })

  it('with acks=0 does not answer a success, and closes the connection after an error', () => {
    const { react, model } = brokers()
    const body = (index: number) => ({
      acks: 0,
      timeoutMs: 1,
      topicData: [{ name: 't', partitionData: [{ index, records: [batch(ab)] }] }],
    })
    expect(react(1, Produce, 9, body(0))).toMatchObject({ chunks: null, next: 'read' })
    expect(react(1, Produce, 9, body(1))).toMatchObject({ chunks: null, next: 'close' })
    expect(model.state.partition('t', 0).log.nextOffset).toBe(2)
  })
})

/** As a producer sends it; the offset is outside of the checksum. */
function atOffset0(bytes: Buffer): Buffer {
  const sent = Buffer.from(bytes)
  sent.writeBigInt64BE(0n, 0)
  return sent
}
