import type { Envelope, Feed, Header, Interceptor, Receipt } from '../model.ts'
import { headerList } from '../stages/record-check.ts'

// The headers that records were sent with, kept for interceptors that get results, which may need what an
// `onSend` put there. A record without headers takes no room here, nor does one that failed before it was
// in a batch: its object is still available then.
//
// Invariant: an entry is removed when its record's one receipt is reported. Owned by the wiring; absent if
// no interceptor gets results.

const none: readonly Header[] = Object.freeze([])

export class SentHeaders {
  /** By feed and ticket, which together identify one record. */
  readonly #kept = new Map<Feed, Map<unknown, readonly Header[]>>()

  /** Null if no interceptor asks for them. */
  static for(interceptors: readonly Interceptor[]): SentHeaders | null {
    const isAsked = interceptors.some(({ onAcknowledgement }) => onAcknowledgement !== undefined)
    return isAsked ? new SentHeaders() : null
  }

  /** The number of records with headers here. */
  get size(): number {
    return [...this.#kept.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** The record has been serialized. */
  keep({ feed, ticket, headers, failure }: Envelope): void {
    if (headers === null || headers.length === 0 || failure !== null) return
    const ofFeed = this.#kept.get(feed) ?? new Map<unknown, readonly Header[]>()
    ofFeed.set(ticket, Object.freeze([...headers]))
    this.#kept.set(feed, ofFeed)
  }

  /** Removes and returns the headers of the record that has this result. */
  take({ feed, ticket, refused }: Receipt): readonly Header[] {
    const ofFeed = this.#kept.get(feed)
    const headers = ofFeed?.get(ticket)
    if (ofFeed === undefined || headers === undefined) return unsent(refused)
    ofFeed.delete(ticket)
    if (ofFeed.size === 0) this.#kept.delete(feed)
    return headers
  }
}

/**
 * The headers of a record that was never sent, as the interceptors left it. The object may be no record at
 * all.
 */
function unsent(envelope: Envelope | undefined): readonly Header[] {
  if (envelope === undefined) return none
  try {
    return Object.freeze([...(envelope.headers ?? headerList(envelope.record.headers) ?? none)])
  } catch {
    return none
  }
}
