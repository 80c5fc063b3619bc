import { Alarm } from '../collections/alarm.ts'
import { Fifo } from '../collections/fifo.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api, ResponseOf } from '../protocol/message.ts'
import { FindCoordinator } from '../protocol/messages/find-coordinator.ts'
import type { Clock } from '../runtime.ts'
import type { Call, Refusal } from './coordinator-call.ts'
import type { TransactionDispatch } from './transaction-dispatch.ts'
import { reactionTo, type TransactionCall } from './transaction-errors.ts'

// One coordinator, of a transactional id or of a group: finds it, and sends it one call at a time.
//
// Invariants: a call is repeated with the same body until its answer is decisive. It then gets exactly one
// of `done` and `failed`, unless it was dropped. The coordinator is looked up if it is unknown, says that
// it is not the coordinator, or its connection ends or cannot be made. Between two attempts passes
// `retry.backoff.ms`, without growth, as in Java. There is no limit here: the owner drops calls that take
// too long. One alarm. Owned by transactions.ts; `drain` is called in every turn.

export interface CoordinatorKey {
  readonly type: 'group' | 'transaction'
  readonly name: string
}

export interface CoordinatorPorts {
  readonly dispatch: TransactionDispatch
  readonly clock: Clock
  readonly retryBackoffMs: number
  /** There may be something to drain. */
  readonly wake: () => void
  /** The outcome of a request that was sent will not be known: it may yet arrive. */
  readonly lost: (name: TransactionCall) => void
}

const unknown = -1

export class Coordinator {
  readonly key: CoordinatorKey
  /** Why the last attempt failed; null since one succeeded. */
  lastError: KafkaError | null = null
  #ports: CoordinatorPorts
  #node = unknown
  /** The error of its connection when it was found: an old failure is no reason to look it up again. */
  #knownFailure: KafkaError | null = null
  #isLooking = false
  #calls = new Fifo<Call>()
  /** Whether the oldest call is in flight. */
  #isAsking = false
  #inDoubt = false
  /** Changes when calls are dropped: answers to those are ignored. */
  #generation = 0
  #alarm: Alarm

  constructor(key: CoordinatorKey, ports: CoordinatorPorts) {
    this.key = key
    this.#ports = ports
    this.#alarm = new Alarm(ports.clock, () => ports.wake())
  }

  /** Its node id; -1 while unknown. */
  get node(): number {
    return this.#node
  }

  /** Sends the call as soon as possible, after earlier calls. */
  ask<A extends Api>(call: Call<A>): void {
    this.#calls.push(call as unknown as Call)
    this.#ports.wake()
  }

  /** Drops all calls, and leaves no timer. */
  drop(): void {
    if (this.#isAsking) this.#ports.lost(this.#calls.peek()!.name)
    this.#generation += 1
    this.#calls = new Fifo()
    this.#isAsking = false
    this.#isLooking = false
    this.#inDoubt = false
    this.#alarm.clear()
  }

  /** Sends what can be sent now; returns whether that was anything. */
  drain(): boolean {
    const call = this.#calls.peek()
    if (call === undefined || this.#isAsking || this.#isLooking || this.#isBackingOff())
      return false
    const { dispatch } = this.#ports
    if (this.#node !== unknown && !dispatch.knows(this.#node)) this.#node = unknown
    if (this.#node === unknown) {
      this.#find()
      return true
    }
    if (dispatch.canSend(this.#node)) return this.#send(call)
    const failure = dispatch.failureOf(this.#node)
    if (failure === null || failure === this.#knownFailure) return false
    this.lastError = failure
    this.#node = unknown
    this.#again()
    return false
  }

  #isBackingOff(): boolean {
    return this.#alarm.at !== null && this.#alarm.at > this.#ports.clock.now()
  }

  #again(ms: number = this.#ports.retryBackoffMs): void {
    this.#alarm.set(this.#ports.clock.now() + ms)
  }

  #find(): void {
    const { type, name } = this.key
    this.#isLooking = true
    const generation = this.#generation
    const keyType = type === 'transaction' ? 1 : 0
    this.#ports.dispatch.askAny(
      FindCoordinator,
      (version) => (version >= 4 ? { keyType, coordinatorKeys: [name] } : { keyType, key: name }),
      {
        answered: (response) => {
          if (generation === this.#generation) this.#found(response)
        },
        failed: (error) => {
          if (generation === this.#generation) this.#notFound(error)
        },
      },
    )
  }

  #found(response: ResponseOf<typeof FindCoordinator>): void {
    // From v4 on there is one entry for each requested key.
    const { nodeId, host, port, errorCode, errorMessage } = response.coordinators[0] ?? response
    if (errorCode !== errorCodes.NONE.code) {
      const request = `FindCoordinator ${this.key.name}`
      const error = new BrokerError(errorCode, { request, detail: errorMessage })
      this.#refused('FindCoordinator', errorCode, error)
      return
    }
    const { dispatch } = this.#ports
    this.#isLooking = false
    dispatch.learnBroker({ id: nodeId, host, port })
    this.#node = nodeId
    this.#knownFailure = dispatch.failureOf(nodeId)
    this.#ports.wake()
  }

  #notFound(error: KafkaError): void {
    if (error.retriable) {
      this.lastError = error
      this.#isLooking = false
      this.#again()
    } else this.#fail({ error, reaction: 'fatal', inDoubt: this.#inDoubt })
  }

  #send(call: Call): boolean {
    const { dispatch } = this.#ports
    const newest = dispatch.versionOf(this.#node, call.api)
    const version = Math.min(newest, call.versionMax ?? newest)
    if (version < (call.versionMin ?? 0)) {
      const error = this.#tooOld(call, newest)
      this.#fail({ error, reaction: 'fatal', inDoubt: false })
      return true
    }
    this.#isAsking = true
    const generation = this.#generation
    dispatch.ask(this.#node, call.api, version, call.body(version), {
      answered: (response) => {
        if (generation === this.#generation) this.#answered(call, response)
      },
      failed: (error) => {
        if (generation === this.#generation) this.#lost(error)
      },
    })
    return true
  }

  #tooOld({ api, versionMin }: Call, newest: number): KafkaError {
    const detail =
      `transactions need Kafka 2.5 or later: the broker supports ${api.name} ` +
      `${newest < 0 ? 'not at all' : `up to v${newest}`}, and v${versionMin} is needed`
    const { code } = errorCodes.UNSUPPORTED_VERSION
    return new BrokerError(code, { request: api.name, detail, broker: this.#node })
  }

  #answered(call: Call, response: ResponseOf<Api>): void {
    const code = call.codeOf(response)
    if (code !== errorCodes.NONE.code) {
      const request = `${call.name} ${this.key.name}`
      const error = new BrokerError(code, { request, broker: this.#node })
      this.#refused(call.name, code, error)
      return
    }
    this.lastError = null
    this.#shift()
    call.done(response)
    this.#ports.wake()
  }

  /** What an error code means: another attempt, or the end of the call. */
  #refused(name: TransactionCall, code: number, error: KafkaError): void {
    const call = this.#calls.peek()!
    this.lastError = error
    const reaction = reactionTo(name, code, call.isAbort)
    if (reaction === 'retry' || reaction === 'lookup') {
      if (reaction === 'lookup') this.#node = unknown
      this.#isAsking = false
      this.#isLooking = false
      this.#again(call.backoffMs?.(code))
    } else if (reaction !== 'done') this.#fail({ error, reaction, inDoubt: this.#inDoubt })
  }

  /** The connection ended before the answer came: the request may have had its effect. */
  #lost(error: KafkaError): void {
    this.lastError = error
    if (error instanceof BrokerError && !error.retriable) {
      this.#fail({ error, reaction: 'fatal', inDoubt: this.#inDoubt })
      return
    }
    this.#isAsking = false
    this.#inDoubt = true
    this.#ports.lost(this.#calls.peek()!.name)
    this.#node = unknown
    this.#again()
  }

  #fail(refusal: Refusal): void {
    const call = this.#shift()
    call.failed(refusal)
    this.#ports.wake()
  }

  /** The oldest call has its result. */
  #shift(): Call {
    this.#isAsking = false
    this.#isLooking = false
    this.#inDoubt = false
    this.#alarm.clear()
    return this.#calls.shift()!
  }
}
