// Diagrams of transactions in columns of ten milliseconds, which have room for what takes several
// frames. One direction to a broker takes one millisecond, and each request as many columns as a
// diagram says, one after the other on a connection, as with a real broker. Column 0 is frame 200.

import { of } from 'rxjs'
import { inTransaction } from 'to-kafka'
import type { MockRequest } from '../../lib/testing/served-apis.ts'
import { decodeBatch } from './batches-sent.ts'
import { letter, type TransactionParts } from './transaction-marbles.ts'

const columnMs = 10
const firstFrame = 200
const wayMs = 1

/** The time of a column. */
export const frameOf = (column: number) => firstFrame + column * columnMs

/** A diagram with one character for each column; a group counts as one, as in RxJS. */
export function columns(diagram: string): string {
  const marks = diagram.match(/\([^)]*\)|./g) ?? []
  const timed = marks.map((mark) => {
    if (mark === '-') return `${columnMs}ms `
    return `${mark} ${columnMs - mark.length}ms `
  })
  return `${firstFrame}ms ${timed.join('')}`
}

/** The same for a subscription, without the rest. */
export function untilColumn(column: number): string {
  return `^ ${frameOf(column) - 1}ms !`
}

type Paced = Partial<Record<'Produce' | 'TxnOffsetCommit' | 'EndTxn', number>>

/**
 * From column 0 on, these requests take this number of columns. The coordinator of the group is
 * known by then.
 */
export function pace({ cluster, producer, at }: TransactionParts, requests: Paced): void {
  const position = () => ({ topic: 'in', partition: 3, offset: 0 })
  const group = { groupId: 'g', generationId: 1, memberId: 'm' }
  of(letter('z'))
    .pipe(inTransaction(producer, { offsets: { position, group } }))
    .subscribe()
  at(firstFrame - 1, () => {
    for (const [api, count] of Object.entries(requests)) {
      cluster.on(api as 'Produce').delay(count * columnMs - 2 * wayMs)
    }
  })
}

/**
 * The requests on the wire from column 0 on, as `a1`: request and column. Letters are records in
 * Produce, `B` is InitProducerId, `o` TxnOffsetCommit, `E` the EndTxn of a commit, each when it is
 * sent; `C` and `A` are the end of a transaction, when it is answered, and `?` if it is not
 * answered.
 */
export function wireIn({ cluster, producer, now, at }: TransactionParts): () => string {
  const told: string[] = []
  /** Whether the brokers were asked to end the transaction: without a record they are not. */
  let isAsked = false
  const tell = (mark: string, frame: number) => {
    const column = (frame - firstFrame) / columnMs
    if (column >= 0) told.push(`${mark}${Math.round(column * 10) / 10}`)
  }
  const sent = (mark: (request: MockRequest) => string) => (request: MockRequest) => {
    for (const one of mark(request)) tell(one, now() - wayMs)
  }
  at(firstFrame - 1, () => {
    cluster.on('Produce').call(sent(({ body }) => decodeBatch(body)))
    cluster.on('InitProducerId').call(sent(() => 'B'))
    cluster.on('TxnOffsetCommit').call(sent(() => 'o'))
    cluster.on('EndTxn').call(
      sent(({ body }) => {
        isAsked = true
        return (body as { committed: boolean }).committed ? 'E' : ''
      }),
    )
  })
  producer.events$.subscribe((event) => {
    if (event.type !== 'transaction' || event.state === 'begun' || !isAsked) return
    isAsked = false
    tell(marks[event.state], now())
  })
  return () => told.join(' ')
}

const marks = { committed: 'C', aborted: 'A', unknown: '?' } as const
