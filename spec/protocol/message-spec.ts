// What a declaration provides besides its codecs: the TypeScript types (checked by `tsc`), and the
// allowed versions.

import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  assertVersion,
  hasVersion,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
} from '../../lib/protocol/message.ts'
import type { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import type { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'

describe('the types of a declaration', () => {
  it('have every field when decoded', () => {
    expectTypeOf<RequestOf<typeof InitProducerId>>().toEqualTypeOf<{
      readonly transactionalId: string | null
      readonly transactionTimeoutMs: number
      readonly producerId: bigint
      readonly producerEpoch: number
    }>()
  })

  it('allow fields to be omitted for encoding if they have a default or are not in every version', () => {
    expectTypeOf<RequestInput<typeof InitProducerId>>().toEqualTypeOf<{
      readonly transactionalId: string | null
      readonly transactionTimeoutMs: number
      readonly producerId?: bigint | undefined
      readonly producerEpoch?: number | undefined
    }>()
    expectTypeOf<ResponseInput<typeof InitProducerId>>().toEqualTypeOf<{
      readonly throttleTimeMs: number
      readonly errorCode: number
      readonly producerId?: bigint | undefined
      readonly producerEpoch: number
    }>()
  })

  it('include arrays and structs', () => {
    type Topic = RequestInput<typeof Produce>['topicData'][number]
    type Answer = ResponseOf<typeof Produce>['responses'][number]['partitionResponses'][number]
    expectTypeOf<Topic['topicId']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Answer['currentLeader']['leaderId']>().toEqualTypeOf<number>()
    expectTypeOf<Answer['errorMessage']>().toEqualTypeOf<string | null>()
  })

  it('take chunks of records and return them as bytes', () => {
    type Given = RequestInput<typeof Produce>['topicData'][number]['partitionData'][number]
    type Taken = RequestOf<typeof Produce>['topicData'][number]['partitionData'][number]
    expectTypeOf<Given['records']>().toEqualTypeOf<readonly Uint8Array[] | null>()
    expectTypeOf<Taken['records']>().toEqualTypeOf<Uint8Array | null>()
  })

  it('say which fields may be null', () => {
    type Topics = RequestOf<typeof Metadata>['topics']
    expectTypeOf<null>().toExtend<Topics>()
    expectTypeOf<NonNullable<Topics>[number]['name']>().toEqualTypeOf<string | null>()
  })
})

describe('the versions of an API', () => {
  it('are those from its first to its last', () => {
    const has = [2, 3, 13, 14].map((version) => hasVersion(Produce, version))
    expect(has).toEqual([false, true, true, false])
  })

  it('are refused outside this range', () => {
    const refused = expect.objectContaining({ code: 'INVALID_VALUE' })
    expect(() => assertVersion(Produce, 2)).toThrow(refused)
    expect(() => assertVersion(Produce, 3)).not.toThrow()
  })
})
