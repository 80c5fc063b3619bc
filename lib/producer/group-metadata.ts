import { quoted } from '../errors/quoted.ts'
import type { GroupMembership, OffsetToCommit } from '../sender/transaction-calls.ts'

export type { GroupMembership, OffsetToCommit }

// Offsets and their group, as users pass them, checked. Any consumer's objects will do: they are recognised
// by their property names.

/**
 * A consumer's membership in its group, as Java's `ConsumerGroupMetadata`. A consumer object with these
 * properties may be passed itself.
 */
export interface GroupMetadata {
  readonly groupId: string
  /** The group's generation, or the member's epoch; -1 or absent if the consumer does not provide it. */
  readonly generationId?: number | undefined
  /** Empty or absent if the consumer does not provide it. */
  readonly memberId?: string | null | undefined
  readonly groupInstanceId?: string | null | undefined
}

/** The offset at which a group continues in a partition: that of the next record to read. */
export interface SourceOffset {
  readonly topic: string
  readonly partition: number
  /** The offset of the last processed record, plus 1. Not a string: `'5' + 1` is `'51'`. */
  readonly offset: number | bigint
  readonly leaderEpoch?: number | undefined
  readonly metadata?: string | null | undefined
}

/** The membership, with its defaults. Throws a TypeError that says what is wrong. */
export function membershipOf(group: GroupMetadata): GroupMembership {
  if (typeof group !== 'object' || group === null) throw notGiven('group', group, 'an object')
  const { groupId, generationId = -1, memberId, groupInstanceId } = group
  if (typeof groupId !== 'string' || groupId === '') {
    throw notGiven('group.groupId', groupId, 'the name of the group')
  }
  if (!Number.isInteger(generationId)) {
    throw notGiven('group.generationId', generationId, 'an integer, or absent')
  }
  const member = memberId ?? ''
  if (typeof member !== 'string') throw notGiven('group.memberId', memberId, 'a string, or absent')
  if (generationId > 0 && member === '') {
    throw notGiven('group.memberId', member, 'non-empty if group.generationId is above 0')
  }
  return { groupId, generationId, memberId: member, groupInstanceId: groupInstanceId ?? null }
}

/** Whether the group can distinguish a member that has left from one that has not (KIP-447). */
export function isFencing({ generationId, memberId }: GroupMembership): boolean {
  return generationId >= 0 && memberId !== ''
}

/** An offset to be committed, with its defaults. Throws a TypeError. */
export function offsetOf(given: SourceOffset): OffsetToCommit {
  if (typeof given !== 'object' || given === null) throw notGiven('an offset', given, 'an object')
  const { topic, partition, offset, leaderEpoch = -1, metadata = null } = given
  if (typeof topic !== 'string' || topic === '') throw notGiven('topic', topic, "a topic's name")
  if (!Number.isInteger(partition) || partition < 0) {
    throw notGiven('partition', partition, 'an integer, 0 or more')
  }
  const number = typeof offset === 'bigint' ? Number(offset) : offset
  if (!Number.isSafeInteger(number) || number < 0) {
    throw notGiven('offset', offset, 'an integer or a bigint, 0 or more, and not a string')
  }
  return { topic, partition, offset: number, leaderEpoch, metadata }
}

function notGiven(name: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`${name} is ${quoted(value)}; it must be ${allowed}`)
}
