import type { Bytes, CutToken, Envelope, Feed, Header, Stickiness } from '../../lib/model.ts'
import type { TopicState } from '../../lib/topics/topic-state.ts'

// Records as the accumulator gets them, and what they carry, with defaults for everything.

export interface EnvelopeSpec {
  readonly topic?: string
  readonly partition?: number
  readonly key?: Bytes
  readonly value?: Bytes
  readonly headers?: readonly Header[] | null
  readonly timestamp?: number
  readonly token?: CutToken | null
  readonly sticky?: Stickiness | null
  readonly topicState?: TopicState | null
  readonly feed?: Feed
  readonly isPaced?: boolean
}

const nobody: Feed = { settle() {} }

export function envelope(spec: EnvelopeSpec = {}): Envelope {
  const { topic = 't', partition = 0, key = null, value = 'v' } = spec
  const record = { topic, partition, key, value }
  return {
    feed: spec.feed ?? nobody,
    ticket: null,
    original: record,
    record,
    topic,
    key,
    value,
    headers: spec.headers ?? null,
    partition,
    topicState: spec.topicState ?? null,
    sticky: spec.sticky ?? null,
    timestamp: spec.timestamp ?? 1_700_000_000_000,
    enteredAt: 0,
    token: spec.token ?? null,
    context: null,
    failure: null,
    isPaced: spec.isPaced ?? false,
    neighbour: null,
  }
}

/** A flush that counts its holders. */
export class CountingToken implements CutToken {
  static #made = 0
  readonly order = ++CountingToken.#made
  /** Whether there is a flush. */
  isWanted = true
  holds = 0
  /** How often the number of holders became 0. */
  ends = 0

  hold(): void {
    this.holds += 1
  }

  release(): void {
    this.holds -= 1
    if (this.holds < 0) throw new Error('released more often than held')
    if (this.holds === 0) this.ends += 1
  }
}
