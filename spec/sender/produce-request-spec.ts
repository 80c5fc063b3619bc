import { describe, expect, it } from 'vitest'
import { type Item, matchResponse, produceBody } from '../../lib/sender/produce-request.ts'
import type { PartitionState } from '../../lib/topics/topic-state.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'
import { responseOf } from '../support/scripted-dispatch.ts'

const bytes = (text: string) => [Buffer.from(text)]

const table = new TopicTable({ now: () => 0 })

function item(topic: string, partition: number, chunks = bytes('')): Item {
  const place = table.of(topic).at(partition)
  const line = { topic, partition, place }
  place.line = line
  return { line, batch: { chunks } } as unknown as Item
}

const idOf = (topic: string) => `id of ${topic}`
const facts = {
  transactionalId: null,
  acks: -1,
  timeoutMs: 5,
  topicIdOf: ({ topic }: PartitionState) => idOf(topic),
}
const items = [item('a', 0, bytes('x')), item('b', 3, bytes('y')), item('a', 1, bytes('z'))]

/** What each item gets, as `topic-partition:offset`. */
function matched(
  response: ReturnType<typeof responseOf>,
  topicIdOf: ((topic: string) => string) | null = null,
): string[] {
  const told: string[] = []
  matchResponse(items, response as never, topicIdOf, ({ line }, part) => {
    told.push(`${line.topic}-${line.partition}:${part === null ? 'nothing' : part.baseOffset}`)
  })
  return told
}

describe('produceBody', () => {
  it('names each topic once, with its id and the bytes of its partitions', () => {
    expect(produceBody(items, facts)).toEqual({
      transactionalId: null,
      acks: -1,
      timeoutMs: 5,
      topicData: [
        {
          name: 'a',
          topicId: 'id of a',
          partitionData: [
            { index: 0, records: bytes('x') },
            { index: 1, records: bytes('z') },
          ],
        },
        { name: 'b', topicId: 'id of b', partitionData: [{ index: 3, records: bytes('y') }] },
      ],
    })
  })
})

describe('matchResponse', () => {
  const body = produceBody(items, facts)
  const whole = responseOf(body, [10, 11, 13])

  it('gives every batch its part of the answer, by name or by id', () => {
    const all = ['a-0:10', 'b-3:13', 'a-1:11']
    expect(matched(whole)).toEqual(all)
    expect(matched(whole, idOf)).toEqual(all)
  })

  it('gives nothing to a batch that the answer leaves out', () => {
    expect(matched(responseOf(body, [10, 'none', 'none']))).toEqual([
      'a-0:10',
      'b-3:nothing',
      'a-1:nothing',
    ])
    expect(matched({ responses: [] })).toEqual(['a-0:nothing', 'b-3:nothing', 'a-1:nothing'])
  })

  it('finds the parts of a topic that is named twice', () => {
    const [a, b] = whole.responses!
    const twice = [0, 1].map((index) => ({
      ...a!,
      partitionResponses: [a!.partitionResponses[index]!],
    }))
    expect(matched({ responses: [...twice, b!] })).toEqual(['a-0:10', 'b-3:13', 'a-1:11'])
  })

  it('ignores partitions that were not requested', () => {
    const other = { name: 'c', topicId: 'id of c', partitionResponses: [] }
    expect(matched({ responses: [other, ...whole.responses!] })).toHaveLength(3)
  })

  it('takes no part for another partition that was sent before, or does not exist', () => {
    item('a', 2)
    const [a, ...rest] = whole.responses!
    const [part] = a!.partitionResponses
    const stray = [2, 7, -1].map((index) => ({ ...part!, index }))
    const response = { ...a!, partitionResponses: [...stray, ...a!.partitionResponses] }
    expect(matched({ responses: [response, ...rest] })).toEqual(['a-0:10', 'b-3:13', 'a-1:11'])
  })
})
