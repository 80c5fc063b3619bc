import type { OperatorFunction, Subscriber } from 'rxjs'
import { Fifo } from '../collections/fifo.ts'
import type { Turn } from '../collections/turn.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Envelope, Receipt } from '../model.ts'
import type { Clock, Random } from '../runtime.ts'
import type { Dispatch } from '../sender/dispatch.ts'
import { recordError } from '../sender/failure.ts'
import { Sender, type SenderSettings, type Settled } from '../sender/sender.ts'
import { type Accumulated, isExpired, isLease } from './accumulate.ts'
import { operator, type Stage } from './operator.ts'

// Last stage: due batches to their brokers, and one receipt for each record.
// Receipts come in input order within a partition (a rejection may overtake), in completion order
// across partitions, synchronously in the turn of the answer. Completes once every record has its
// receipt. Nothing of the user's is called here.

export interface SendOptions {
  readonly settings: SenderSettings
  readonly dispatch: Dispatch
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  /** No batch can be delivered any more. */
  readonly fatal: (error: KafkaError) => void
  /** Given the sender once there is one, for whoever brings it news of the cluster. */
  readonly opened?: (sender: Sender) => void
}

/** Delivers the batches that are leased to it, and emits a receipt for each of their records. */
export function send(options: SendOptions): OperatorFunction<Accumulated, Receipt> {
  return operator((out) => new Send(options, out))
}

class Send implements Stage<Accumulated> {
  #out: Subscriber<Receipt>
  #sender: Sender
  #clock: Clock
  #turn: Turn
  /** Records that failed before they were in a batch. */
  #failed = new Fifo<Envelope>()

  constructor(options: SendOptions, out: Subscriber<Receipt>) {
    const { settings, turn } = options
    this.#out = out
    this.#clock = options.clock
    this.#turn = turn
    this.#sender = new Sender(settings, { ...options, wake: () => turn.soon() })
    turn.on('report', () => this.#report())
    turn.on('drain', () => this.#sender.drain())
    options.opened?.(this.#sender)
  }

  next(item: Accumulated): void {
    if (isLease(item)) this.#sender.lease(item)
    else if (isExpired(item)) this.#sender.expired(item.expired)
    else {
      this.#failed.push(item)
      this.#turn.soon()
    }
  }

  fail(cause: unknown): void {
    this.#out.error(cause)
  }

  complete(): void {
    this.#out.complete()
  }

  close(): void {
    this.#sender.stop()
  }

  #report(): boolean {
    let reported = false
    for (
      let envelope = this.#failed.shift();
      envelope !== undefined;
      envelope = this.#failed.shift()
    ) {
      reported = true
      const { feed, ticket, failure } = envelope
      this.#out.next({ feed, ticket, metadata: null, error: failure })
      envelope.token?.release()
    }
    for (const settled of this.#sender.takeSettled()) {
      reported = true
      if (settled.failure === null) this.#acknowledged(settled)
      else this.#refused(settled)
      settled.batch.reported()
    }
    return reported
  }

  #acknowledged({ batch }: Settled): void {
    const { topic, partition, records, feeds, tickets, keySizes, valueSizes, timestamps } = batch
    const { baseOffset, logAppendTime } = batch
    for (let index = 0; index < records.length; index += 1) {
      const metadata = {
        topic,
        partition,
        offset: baseOffset < 0 ? -1 : baseOffset + index,
        timestamp: logAppendTime < 0 ? timestamps[index]! : logAppendTime,
        serializedKeySize: keySizes[index]!,
        serializedValueSize: valueSizes[index]!,
        record: records[index]!,
      }
      this.#out.next({ feed: feeds[index]!, ticket: tickets[index], metadata, error: null })
    }
  }

  #refused({ batch, failure }: Settled): void {
    const now = this.#clock.now()
    const { feeds, tickets } = batch
    for (let index = 0; index < feeds.length; index += 1) {
      const error = recordError(batch, index, failure!, now)
      this.#out.next({ feed: feeds[index]!, ticket: tickets[index], metadata: null, error })
    }
  }
}
