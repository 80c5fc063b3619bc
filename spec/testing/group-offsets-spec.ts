import { describe, expect, it } from 'vitest'
import { releases } from '../../lib/testing/releases.ts'
import { transactional } from '../support/transactional.ts'

const committed = { topic: 't', partition: 0, offset: 5, leaderEpoch: -1, metadata: 'at 5' }

describe('offsets in a transaction', () => {
  it('count once it is committed', () => {
    const { begin, offset, end, model } = transactional()
    const { who } = begin('mine')

    expect(offset('mine', who, 'g', 4)).toBe('NONE')
    expect(offset('mine', who, 'g', 5)).toBe('NONE')
    expect(model.groups.committed('g')).toEqual([])
    end('mine', who, true)
    expect(model.groups.committed('g')).toEqual([committed])
  })

  it('never count if it is aborted', () => {
    const { begin, offset, end, model } = transactional()
    const { who } = begin('mine')
    offset('mine', who, 'g', 4)
    end('mine', who, false)

    expect(model.groups.committed('g')).toEqual([])
  })

  it('need AddOffsetsToTxn under TV1', () => {
    const { begin, addOffsets, offset, end, model } = transactional({ release: releases['3.9'] })
    const { who } = begin('mine')

    expect(offset('mine', who, 'g', 5, { version: 4 })).toBe('TRANSACTION_ABORTABLE')
    expect(offset('mine', who, 'g', 5, { version: 3 })).toBe('INVALID_TXN_STATE')
    expect(addOffsets('mine', who, 'g')).toBe('NONE')
    expect(offset('mine', who, 'g', 5, { version: 4 })).toBe('NONE')
    end('mine', who, true, 4)
    expect(model.groups.committed('g')).toEqual([committed])
  })

  it('of a fenced producer are refused', () => {
    const { begin, offset } = transactional()
    const { who } = begin('mine')
    begin('mine')

    expect(offset('mine', who, 'g', 5)).toBe('INVALID_PRODUCER_EPOCH')
  })

  it("are accepted only by the group's coordinator, and only for existing topics", () => {
    const { begin, offset, model } = transactional()
    const { who } = begin('mine')
    const other = (model.coordinators.of('group', 'g') % 3) + 1

    expect(offset('mine', who, 'g', 5, { broker: other })).toBe('NOT_COORDINATOR')
    expect(offset('mine', who, '', 5)).toBe('INVALID_GROUP_ID')
    expect(offset('mine', who, 'g', 5, { version: 5, topic: 'none' })).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
    expect(offset('mine', who, 'g', 5, { topic: 'none' })).toBe('UNKNOWN_TOPIC_ID')
  })
})

describe('a member of a group', () => {
  const classic = { generation: 3, members: { m: null, s: 'static' } }

  it.each([
    ['of its generation may commit', { generation: 3, memberId: 'm' }, 'NONE'],
    [
      'may commit with its instance id',
      { generation: 3, memberId: 's', instanceId: 'static' },
      'NONE',
    ],
    ['of another generation may not', { generation: 2, memberId: 'm' }, 'ILLEGAL_GENERATION'],
    ['that is unknown may not', { generation: 3, memberId: 'x' }, 'UNKNOWN_MEMBER_ID'],
    [
      'whose instance id now belongs to another member may not',
      { generation: 3, memberId: 'old', instanceId: 'static' },
      'FENCED_INSTANCE_ID',
    ],
    ['need not identify itself', {}, 'NONE'],
  ])('%s', (_, how, error) => {
    const { begin, offset, model } = transactional()
    const { who } = begin('mine')
    model.groups.define('g', classic)

    expect(offset('mine', who, 'g', 5, how)).toBe(error)
  })

  it('of the new protocol gets an error for its stale epoch from v6 on', () => {
    const { begin, offset, model } = transactional()
    const { who } = begin('mine')
    model.groups.define('g', { ...classic, protocol: 'consumer' })
    const stale = { generation: 2, memberId: 'm' }

    expect(offset('mine', who, 'g', 5, { ...stale, version: 5 })).toBe('ILLEGAL_GENERATION')
    expect(offset('mine', who, 'g', 5, stale)).toBe('STALE_MEMBER_EPOCH')
  })

  it('of an empty group has no generation', () => {
    const { begin, offset } = transactional()
    const { who } = begin('mine')

    const member = { generation: 1, memberId: 'm' }
    expect(offset('mine', who, 'g', 5, { ...member, version: 5 })).toBe('ILLEGAL_GENERATION')
    expect(offset('mine', who, 'g', 5, member)).toBe('GROUP_ID_NOT_FOUND')
    expect(offset('mine', who, 'g', 5)).toBe('NONE')
    expect(offset('mine', who, 'g', 5, member)).toBe('UNKNOWN_MEMBER_ID')
  })
})
