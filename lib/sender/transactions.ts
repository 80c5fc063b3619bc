import { Alarm } from '../collections/alarm.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { ResponseOf } from '../protocol/message.ts'
import type { EndTxn } from '../protocol/messages/end-txn.ts'
import type { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import type { Clock } from '../runtime.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { Refusal } from './coordinator-call.ts'
import type { Identities, Identity } from './identity.ts'
import { TransactionAge } from './transaction-age.ts'
import {
  type Asker,
  addOffsets,
  endTxn,
  type GroupMembership,
  initProducerId,
  type OffsetToCommit,
  txnOffsetCommit,
} from './transaction-calls.ts'
import { TransactionCompletion } from './transaction-completion.ts'
import { TransactionCoordinators } from './transaction-coordinators.ts'
import { type Fault, fatalFault } from './transaction-faults.ts'
import { TransactionIdentity } from './transaction-identity.ts'
import { TransactionPartitions } from './transaction-partitions.ts'
import type {
  SenderEvents,
  TransactionEvents,
  TransactionPorts,
  TransactionSettings,
} from './transaction-ports.ts'
import { moved, type TransactionState } from './transaction-state.ts'

// One transactional producer, as its coordinator sees it: its identity, and the open transaction.
//
// Invariants: the state moves by the table of transaction-state.ts. One transaction is open at a time. Its
// end is requested once, when nothing of it is in flight, and until it is answered nothing else is sent.
// Every operation ends: a request to a coordinator after max.block.ms, an open transaction before
// transaction.timeout.ms. This is also the identity of the sender: a new epoch comes only from the
// coordinator, by EndTxn (TV2) or InitProducerId (TV1), so a lost numbering ends in an abort. Owned by the
// producer, which decides when to begin and to end; drained by the sender.

export class Transactions implements Identities {
  readonly settings: TransactionSettings
  #ports: TransactionPorts
  #events: TransactionEvents = deaf
  #sender: SenderEvents = silent
  #state: TransactionState = 'uninitialized'
  #identity: TransactionIdentity
  #isTv2 = false
  /** A broker supports no version of Produce that adds partitions by itself, whatever the feature says. */
  #refusesTv2 = false
  #coordinators: TransactionCoordinators
  #partitions: TransactionPartitions
  #completion: TransactionCompletion
  /** Something was sent that the coordinator may know of, so it must be told of the end. */
  #isStarted = false
  /** The coordinator has confirmed that something is in the transaction. */
  #isConfirmed = false
  #isEndAsked = false
  /** The last end had no answer: whether the transaction is still open must be found out. */
  #isUnresolved = false
  #fault: Fault | null = null
  #deadline: Alarm
  #age: TransactionAge

  constructor(settings: TransactionSettings, ports: TransactionPorts) {
    const { clock, wake, turn } = ports
    this.settings = settings
    this.#ports = ports
    this.#identity = new TransactionIdentity(ports.watched)
    this.#coordinators = new TransactionCoordinators(ports, {
      ...settings,
      lost: (call) => {
        if (!this.#isTv2 && (call === 'EndTxn' || call === 'TxnOffsetCommit'))
          this.#identity.doubt()
      },
    })
    this.#partitions = new TransactionPartitions({
      asker: () => this.#asker(),
      ask: (call) => this.#coordinators.ask(call),
      sent: () => {
        this.#isStarted = true
      },
      added: (places) => {
        this.#isConfirmed = true
        this.#sender.admitted(places)
        wake()
      },
      refused: (refusal) => this.#refused(refusal),
    })
    this.#completion = new TransactionCompletion({
      clock,
      turn,
      transactionalId: settings.transactionalId,
      ask: (call) => this.#coordinators.ask(call),
      opened: () => {
        this.#sender.admitted(this.#partitions.admitNew())
        wake()
      },
    })
    this.#deadline = new Alarm(clock, () => turn(() => this.#elapsed()))
    this.#age = new TransactionAge(settings, clock, () => turn(() => this.#aged()))
  }

  /** Connects it with its owner and with the sender. */
  connect(parts: { readonly events?: TransactionEvents; readonly sender?: SenderEvents }): void {
    if (parts.events !== undefined) this.#events = parts.events
    if (parts.sender !== undefined) this.#sender = parts.sender
  }

  get clock(): Clock {
    return this.#ports.clock
  }

  get state(): TransactionState {
    return this.#state
  }

  /** The identity of new batches; null while none may be numbered. */
  get current(): Identity | null {
    return this.#identity.current
  }

  get lastError(): KafkaError | null {
    return this.#coordinators.lastError
  }

  /** Why no transaction is possible any more; null while one is. */
  get fatality(): Fault | null {
    return this.#state === 'fatal' ? this.#fault : null
  }

  /** Whether the open transaction adds partitions by sending to them. */
  get isTv2(): boolean {
    return this.#isTv2
  }

  /** The newest version of Produce that may be used. */
  get produceVersionMax(): number {
    return this.#isTv2 ? Number.POSITIVE_INFINITY : produceTv1Max
  }

  /** Nothing to request: the identity exists, or the owner arranges it. */
  acquire(): void {}

  /** A numbering is lost: the open transaction is aborted, and another epoch comes before the next one. */
  bump(): void {
    this.#identity.bump()
  }

  stop(): void {}

  /** Whether a transaction may begin now. If not, arranges it, and `ready` or `notReady` follows. */
  prepare(): boolean {
    if (this.#state === 'uninitialized') this.#initialize()
    if (this.#state !== 'ready') return false
    this.#isTv2 = !this.#refusesTv2 && (this.#coordinators.speaksTv2 ?? this.#isTv2)
    if (this.#identity.isFreshFor(this.#isTv2)) return true
    this.#initialize()
    return false
  }

  /** Opens a transaction; `prepare()` must be true. */
  begin(): void {
    this.#move('open')
    this.#isStarted = false
    this.#isConfirmed = false
    this.#age.forget()
    this.#identity.used(this.#isTv2)
    this.#completion.begin(this.#isTv2)
  }

  /** Its first record or offset came: from now on it ages. */
  touched(): void {
    this.#age.touched()
  }

  /** Whether a partition may be sent to now. If not, that is arranged, and `admitted` follows. */
  admits(place: PartitionState): boolean {
    if (this.#state !== 'open') return false
    return this.#partitions.admits(place, this.#isTv2 && this.#completion.isOpen)
  }

  /** A Produce request of the transaction is sent in this version. */
  departing(version: number): void {
    this.#isStarted = true
    if (this.#isTv2 && version < produceTv2Min) this.#refusesTv2 = true
    this.#completion.departing()
  }

  /** A Produce request was answered, or will not be. */
  landed(isAnswered: boolean): void {
    this.#completion.landed(isAnswered)
  }

  /** Adds offsets to the open transaction; `done` is called when they are added, else `mustAbort`. */
  sendOffsets(group: GroupMembership, offsets: readonly OffsetToCommit[], done: () => void): void {
    this.touched()
    const failed = (refusal: Refusal) => this.#refused(refusal)
    const commit = () => {
      this.#isStarted = true
      this.#coordinators.askGroup(
        group.groupId,
        txnOffsetCommit(this.#asker(), group, offsets, {
          done: () => {
            this.#isConfirmed = true
            done()
          },
          failed,
        }),
      )
    }
    if (this.#isTv2) commit()
    else {
      this.#isStarted = true
      this.#coordinators.ask(addOffsets(this.#asker(), group.groupId, { done: commit, failed }))
    }
    this.#ports.wake()
  }

  /**
   * Ends the transaction when nothing of it is in flight; `ended` follows, or for a commit `mustAbort`. A
   * commit so late that the coordinator may have aborted becomes an abort.
   */
  end(kind: 'commit' | 'abort'): void {
    if (kind === 'commit' && this.#age.isTooOld) {
      this.#mustAbort({ code: 'TRANSACTION_TIMEOUT', outcome: 'aborted' })
      return
    }
    this.#move(kind === 'commit' ? 'committing' : 'aborting')
    this.#isEndAsked = false
    this.#completion.drop()
    this.#partitions.forget()
    this.#ports.wake()
  }

  /** Sends what can be sent to coordinators; returns whether that was anything. */
  drain(): boolean {
    this.#ask()
    return this.#coordinators.drain()
  }

  /** No broker accepts the login: lines need not wait for an identity; the next one tries again. */
  refuse(cause: KafkaError): void {
    if (this.#state !== 'initializing') return
    this.#halt()
    this.#move('uninitialized')
    this.#events.notReady({ code: 'INVALID_CONFIGURATION', outcome: 'aborted', cause })
  }

  /** Drops everything, and leaves no timer. */
  abandon(fault: Fault): void {
    this.#halt()
    this.#age.hush()
    this.#partitions.clear()
    if (this.#state !== 'fatal') this.#move('fatal')
    this.#fault ??= fault
  }

  /** Continues towards the end by what is missing: partitions to be added, or EndTxn. */
  #ask(): void {
    if (this.#state === 'open' && !this.#isTv2) this.#partitions.drain()
    const isEnding = this.#state === 'committing' || this.#state === 'aborting'
    if (!isEnding || this.#isEndAsked || !this.#sender.isQuiet()) return
    this.#isEndAsked = true
    this.#age.hush()
    this.#partitions.clear()
    const committed = this.#state === 'committing'
    if (!this.#isStarted) {
      this.#ended(null)
      return
    }
    this.#block()
    // Pending calls no longer matter for the end.
    this.#coordinators.drop()
    this.#coordinators.ask(
      endTxn(this.#asker(), committed, {
        done: (response) => this.#endAnswered(response),
        failed: (refusal) => this.#endRefused(refusal),
      }),
    )
  }

  #initialize(): void {
    this.#move('initializing')
    this.#block()
    if (this.#isUnresolved) this.#resolve()
    else this.#askIdentity()
  }

  /**
   * 1. An end had no answer. 2. Another producer took the transactional id. 3. An InitProducerId without an
   * epoch would take it back from its rightful owner. So every request uses the identity that this producer
   * had; if it is fenced, it is told so. The abort comes first: under TV1, InitProducerId would find the
   * transaction of its own epoch open, raise the epoch to end it, and then refuse the epoch in the request.
   */
  #resolve(): void {
    this.#coordinators.ask(
      endTxn(this.#asker(), false, {
        done: () => this.#askIdentity(),
        failed: (refusal) => {
          // It was committed, or was empty, or the coordinator no longer knows it.
          if (refusal.reaction !== 'fenced') this.#askIdentity()
          else this.#notInitialized(refusal)
        },
      }),
    )
    this.#ports.wake()
  }

  /** Requests a first identity, or another epoch of the current one. */
  #askIdentity(): void {
    const { transactionalId, timeoutMs } = this.settings
    this.#isUnresolved = false
    const bump = this.#identity.known
    this.#coordinators.ask(
      initProducerId(
        { transactionalId, timeoutMs, ...(bump !== null && { bump }) },
        {
          done: (response) => this.#initialized(response),
          failed: (refusal) => this.#notInitialized(refusal),
        },
      ),
    )
  }

  #initialized({ producerId, producerEpoch }: ResponseOf<typeof InitProducerId>): void {
    this.#deadline.clear()
    if (producerId < 0n || producerEpoch < 0) {
      const { code } = errorCodes.UNKNOWN_SERVER_ERROR
      const detail = `it gave producer id ${producerId}, epoch ${producerEpoch}`
      const error = new BrokerError(code, { request: 'InitProducerId', detail })
      this.#die({ code: 'PRODUCER_FAILED', outcome: 'aborted', cause: error })
      return
    }
    this.#identity.renew({ producerId, producerEpoch })
    this.#sender.identified()
    this.#move('ready')
    this.#events.ready()
  }

  #notInitialized({ error, reaction }: Refusal): void {
    this.#deadline.clear()
    if (reaction === 'fenced' || reaction === 'fatal') {
      this.#die(fatalFault(error, reaction, 'aborted'))
      return
    }
    this.#move('uninitialized')
    const code = reaction === 'uninitialized' ? 'INVALID_CONFIGURATION' : 'ABORTED'
    this.#events.notReady({ code, outcome: 'aborted', cause: error })
  }

  #endAnswered({ producerId, producerEpoch }: ResponseOf<typeof EndTxn>): void {
    this.#deadline.clear()
    if (this.#isTv2 && producerId >= 0n && producerEpoch >= 0) {
      this.#identity.next({ producerId, producerEpoch })
      this.#sender.identified()
    }
    this.#ended(null)
  }

  #endRefused({ error, reaction, inDoubt }: Refusal): void {
    this.#deadline.clear()
    const isCommit = this.#state === 'committing'
    const isForgotten = (error as BrokerError).errorCode === errorCodes.INVALID_TXN_STATE.code
    if (isForgotten && !isCommit && !this.#isConfirmed) {
      this.#ended(null) // it was empty
      return
    }
    // 1. The program was suspended. 2. The coordinator ended the transaction. 3. The commit finds none.
    // Or: 1. Another producer takes the id, and the coordinator aborts the transaction, under the next epoch.
    // 2. Under TV2 it takes a commit of the previous epoch for a repeated one, so it does not say 'fenced' yet.
    const isTimedOut = isForgotten && isCommit && this.#age.isTimedOut
    const isAborted = isTimedOut || (isForgotten && isCommit && !inDoubt)
    if (isAborted) this.#isConfirmed = false
    if (reaction === 'abort' || isAborted) {
      const code = isTimedOut ? 'TRANSACTION_TIMEOUT' : 'ABORTED'
      if (isCommit) this.#mustAbort({ code, outcome: 'aborted', cause: error })
      else {
        this.#identity.bump()
        this.#ended(null)
      }
      return
    }
    const isVague = inDoubt || (error as BrokerError).errorCode === -1
    this.#die(fatalFault(error, reaction, isCommit && isVague ? 'unknown' : 'aborted'))
  }

  #ended(fault: Fault | null): void {
    this.#age.forget()
    this.#completion.ended()
    this.#fault = null
    this.#identity.ended()
    this.#move('ready')
    this.#events.ended(fault)
  }

  /** A request inside the transaction was refused. */
  #refused({ error, reaction }: Refusal): void {
    if (this.#state !== 'open') return
    if (reaction === 'fenced' || reaction === 'fatal' || reaction === 'uninitialized') {
      this.#die(fatalFault(error, reaction, 'aborted'))
    } else this.#mustAbort({ code: 'ABORTED', outcome: 'aborted', cause: error })
  }

  #mustAbort(fault: Fault): void {
    this.#halt()
    this.#age.hush()
    this.#move('abortable')
    this.#events.mustAbort(fault)
  }

  /** The answer to a batch, or a coordinator, said that this producer can do nothing more. */
  fail(error: KafkaError): void {
    const isFenced = error.code === 'PRODUCER_FENCED'
    if (this.#state !== 'fatal') {
      this.#die(fatalFault(error, isFenced ? 'fenced' : 'fatal', 'aborted'))
    }
  }

  #die(fault: Fault): void {
    this.abandon(fault)
    this.#events.dead(this.#fault!)
  }

  /** How long requests to coordinators may take. */
  #block(): void {
    const { clock } = this.#ports
    this.#deadline.set(clock.now() + this.settings.maxBlockMs)
  }

  #halt(): void {
    this.#deadline.clear()
    this.#completion.drop()
    this.#coordinators.drop()
  }

  /** There is no answer. Whether an end took effect is found out before the next transaction. */
  #elapsed(): void {
    const cause = this.lastError ?? undefined
    const isInit = this.#state === 'initializing'
    const isCommit = this.#state === 'committing'
    this.#halt()
    // The unanswered attempt may still arrive.
    this.#identity.bump()
    this.#isUnresolved ||= !isInit
    this.#age.forget()
    this.#move('uninitialized')
    if (isInit) this.#events.notReady({ code: 'INIT_TIMEOUT', outcome: 'aborted', cause })
    else if (isCommit) this.#events.ended({ code: 'COMMIT_UNKNOWN', outcome: 'unknown', cause })
    else this.#events.ended(null)
  }

  #aged(): void {
    if (this.#state !== 'open') return
    const cause = this.#coordinators.lastErrorOfGroup ?? this.lastError ?? undefined
    this.#mustAbort({ code: 'TRANSACTION_TIMEOUT', outcome: 'aborted', cause })
  }

  #asker(): Asker {
    const { transactionalId } = this.settings
    return { transactionalId, identity: this.#identity.known!, isTv2: this.#isTv2 }
  }

  #move(to: TransactionState): void {
    this.#state = moved(this.#state, to)
  }
}

/** KIP-890: from this version on, brokers add partitions themselves. */
const produceTv2Min = 12
const produceTv1Max = 11

const deaf: TransactionEvents = {
  ready() {},
  notReady() {},
  mustAbort() {},
  ended() {},
  dead() {},
}
const silent: SenderEvents = { identified() {}, admitted() {}, isQuiet: () => true }
