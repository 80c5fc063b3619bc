// The committed offsets of groups. These are not groups that a consumer can join: a test defines the
// members (`define`), and offsets of a transaction count when its marker is written. Owned by the broker
// model; used by answer-txn-offset-commit.ts and by the transaction coordinator.

import type { KafkaErrorName } from '../errors/error-codes.ts'

/** A committed offset of a partition. */
export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

/** The members of a group, who may commit for it. */
export interface GroupSettings {
  /** `classic` has generations, `consumer` (KIP-848) has member epochs. Default `classic`. */
  readonly protocol?: 'classic' | 'consumer' | undefined
  /** The group's generation; with `consumer`, the epoch of its members. */
  readonly generation: number
  /** The member ids as keys; the values are the `group.instance.id`s, or null. */
  readonly members: Readonly<Record<string, string | null>>
}

/** The membership that a commit claims. */
export interface Membership {
  /** -1: none. */
  readonly generation: number
  /** Empty: none. */
  readonly memberId: string
  readonly instanceId: string | null
}

interface Pending {
  readonly epoch: number
  readonly offsets: Map<string, CommittedOffset>
}

interface Group {
  settings: GroupSettings | null
  readonly committed: Map<string, CommittedOffset>
  /** By producer id: offsets that count once its transaction is committed. */
  readonly pending: Map<bigint, Pending>
}

export class GroupOffsets {
  readonly #groups = new Map<string, Group>()

  /** Sets who may commit for `group` from now on; null: it has no members. */
  define(group: string, settings: GroupSettings | null): void {
    this.#group(group).settings = settings
  }

  /** Why this member may not commit; null if it may. With Kafka's codes for TxnOffsetCommit. */
  refusal(group: string, { generation, memberId, instanceId }: Membership): KafkaErrorName | null {
    const settings = this.#groups.get(group)?.settings ?? null
    const isNobody = generation < 0 && memberId === '' && instanceId === null
    if (settings === null && generation < 0) return null
    if (settings === null)
      return this.#groups.has(group) ? 'UNKNOWN_MEMBER_ID' : 'GROUP_ID_NOT_FOUND'
    if (isNobody) return null
    if (!Object.hasOwn(settings.members, memberId)) {
      const holder = Object.values(settings.members).includes(instanceId)
      return instanceId !== null && holder ? 'FENCED_INSTANCE_ID' : 'UNKNOWN_MEMBER_ID'
    }
    if (generation === settings.generation) return null
    return settings.protocol === 'consumer' ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION'
  }

  /** Whether a transaction of this producer, under this epoch, has offsets here. */
  isOpen(group: string, producerId: bigint, epoch: number): boolean {
    return this.#groups.get(group)?.pending.get(producerId)?.epoch === epoch
  }

  /** Keeps an offset until the transaction ends. */
  hold(group: string, producerId: bigint, epoch: number, offset: CommittedOffset): void {
    const { pending } = this.#group(group)
    const known = pending.get(producerId)
    const held = known?.epoch === epoch ? known : { epoch, offsets: new Map() }
    held.offsets.set(`${offset.topic}-${offset.partition}`, offset)
    pending.set(producerId, held)
  }

  /** The producer's transaction has ended. */
  end(group: string, producerId: bigint, committed: boolean): void {
    const known = this.#groups.get(group)
    const held = known?.pending.get(producerId)
    if (known === undefined || held === undefined) return
    known.pending.delete(producerId)
    if (!committed) return
    for (const [place, offset] of held.offsets) known.committed.set(place, offset)
  }

  /** The group's committed offset. */
  committed(group: string): readonly CommittedOffset[] {
    return [...(this.#groups.get(group)?.committed.values() ?? [])]
  }

  #group(name: string): Group {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const group: Group = { settings: null, committed: new Map(), pending: new Map() }
    this.#groups.set(name, group)
    return group
  }
}
