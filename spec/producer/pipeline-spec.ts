import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import type { Envelope, ProducerRecord } from '../../lib/model.ts'
import { pipeline } from '../../lib/producer/pipeline.ts'
import type { TopicDirectory } from '../../lib/stages/partition.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'
import { FakeDispatch } from '../support/fake-dispatch.ts'
import { type Bench, marbles } from '../support/marbles.ts'

const table = new TopicTable({ now: () => 0 })
const topics: TopicDirectory = {
  find: (name) => ({
    info: { name, partitionCount: 4, availablePartitions: [0, 1, 2, 3] },
    sticky: { partition: () => 3, appended() {} },
    state: table.of(name),
  }),
  hold() {},
  release() {},
  refusal: () => null,
  lastError: () => undefined,
  outgrown() {},
  serving() {},
  watch() {},
}

function stage({ clock, turn }: Bench, more = {}) {
  const input = new Subject<Envelope>()
  const dispatch = new FakeDispatch()
  const skipped: unknown[] = []
  const { receipts, actors } = pipeline(input, {
    settings: resolveConfig({ 'bootstrap.servers': 'a:1', 'linger.ms': 0, ...more }),
    runtime: { clock, random: () => 0.5, transport: undefined as never },
    turn,
    topics: topics as never,
    dispatch,
    maxWaiting: 10,
    fatal() {},
    interceptorFailed: (error) => skipped.push(error),
  })
  const out: string[] = []
  const subscription = receipts.subscribe(({ metadata, error, ticket }) =>
    out.push(`${ticket}:${error?.code ?? `${metadata!.partition}/${metadata!.offset}`}`),
  )
  return { input, dispatch, skipped, actors, out, subscription }
}

describe('pipeline', () => {
  it('carries a record through all five stages', () =>
    marbles(({ bench }) => {
      const interceptor = { onSend: (record: ProducerRecord) => ({ ...record, partition: 2 }) }
      const { input, dispatch, out, actors } = stage(bench, {
        'interceptor.classes': [interceptor],
        'value.serializer': (value: unknown) => `<${value}>`,
      })
      bench.turn.run(() => input.next(bench.envelope('a')))
      const [topic] = dispatch.requests[0]!.body.topicData!
      expect(topic!.partitionData![0]!.index).toBe(2)
      expect(Buffer.concat(topic!.partitionData![0]!.records as Uint8Array[]).toString()).toContain(
        '<a>',
      )
      bench.turn.run(() => dispatch.answer({ baseOffset: 5n }))
      expect(out).toEqual(['a:2/5'])
      expect(actors.memory.held).toBe(0)
    }))

  it('emits a failure of any stage as a receipt', () =>
    marbles(({ bench }) => {
      const { input, out, skipped } = stage(bench, {
        'max.request.size': 300,
        'interceptor.classes': [
          {
            onSend() {
              throw new Error('no')
            },
          },
        ],
        'partitioner.class': ({ value }: { value: string }) => (value === 'c' ? -1 : null),
      })
      bench.turn.run(() => {
        input.next(bench.envelope('a', { topic: '' }))
        input.next(bench.envelope('b', { value: {} }))
        input.next(bench.envelope('c'))
        input.next(bench.envelope('d', { value: 'x'.repeat(300) }))
      })
      expect(out).toEqual([
        'a:INVALID_RECORD',
        'b:SERIALIZER_FAILED',
        'c:PARTITIONER_FAILED',
        'd:RECORD_TOO_LARGE',
      ])
      expect(skipped).toHaveLength(4)
    }))

  it('lives until it is unsubscribed, and then leaves no timer', () =>
    marbles(({ bench, flush }) => {
      const { input, subscription } = stage(bench)
      bench.clock.at(1, () => {
        bench.turn.run(() => input.next(bench.envelope('a')))
        subscription.unsubscribe()
        expect(input.observed).toBe(false)
      })
      flush()
      expect(bench.clock.now()).toBe(1)
    }))
})
