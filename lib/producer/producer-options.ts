// Options of a producer besides its configuration, for its creation and its end, checked.

import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import { quoted } from '../errors/quoted.ts'
import type { Runtime } from '../runtime.ts'

/** Options of a producer, in addition to its configuration. */
export interface ProducerOptions {
  /**
   * The maximum number of records of one stream (or of all `send()` calls together) that wait for memory,
   * and likewise for metadata and for a serializer's promise. Further records fail with
   * `BUFFER_EXHAUSTED`. An integer, 0 or more, or `Infinity`.
   *
   * @defaultValue `1_000_000`
   *
   */
  readonly maxWaiting?: number | undefined
  /**
   * Whether the producer warns once, by `process.emitWarning` with the code `TO_KAFKA_UNREACHABLE` and
   * the reason, if it has delivered nothing 5 seconds after its first record. It does not warn if
   * `events$` or a diagnostics channel has a listener.
   *
   * @defaultValue `true`
   *
   */
  readonly warnings?: boolean | undefined
  /**
   * Clock, randomness and network. For tests: `cluster.runtime(scheduler)` of a simulated cluster.
   *
   * @defaultValue the real ones
   */
  readonly runtime?: Runtime | undefined
}

/** Options of {@link KafkaProducer.send}. */
export interface SendOptions {
  /**
   * Withdraws the record when it is aborted, if the record has not been added to a batch yet: it waits
   * for a serializer's promise, for its topic or for memory. The promise then rejects with the signal's
   * reason. A record in a batch cannot be withdrawn, and has its result as usual.
   */
  readonly signal?: AbortSignal | undefined
}

/** Options of {@link KafkaProducer.ready}. */
export interface ReadyOptions {
  /**
   * The topics whose partitions must be known, and whose leaders must be connected.
   *
   * @defaultValue none: one connected broker is enough
   */
  readonly topics?: readonly string[] | undefined
  /** When it is aborted, the promise rejects: the error says what is missing, its `cause` is the reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The state of a producer. `open`: it takes records. `closing`: it was asked to close and delivers
 * pending records. `closed`: it is closed. `failed`: it can deliver nothing any more.
 */
export type ProducerState = 'open' | 'closing' | 'closed' | 'failed'

/** Options of {@link KafkaProducer.close}. */
export interface CloseOptions {
  /**
   * Milliseconds to go on delivering pending records; the rest then fails with `CLOSED`. 0 closes
   * immediately. Without it, every record gets its result first, which takes at most
   * `delivery.timeout.ms`.
   */
  readonly timeout?: number | undefined
  /**
   * When it is aborted, records without a result fail with `CLOSED`, as at the end of `timeout`.
   */
  readonly signal?: AbortSignal | undefined
}

/** Options of {@link KafkaProducer.clientInstanceId}. */
export interface ClientInstanceIdOptions {
  /**
   * Milliseconds, 0 or more.
   *
   * @defaultValue `max.block.ms`
   */
  readonly timeout?: number | undefined
}

/** The names of {@link ProducerOptions}. */
export const producerOptions: OptionNames<ProducerOptions> = {
  maxWaiting: true,
  warnings: true,
  runtime: true,
}

const names = {
  close: { timeout: true, signal: true } satisfies OptionNames<CloseOptions>,
  clientInstanceId: { timeout: true } satisfies OptionNames<ClientInstanceIdOptions>,
  send: { signal: true } satisfies OptionNames<SendOptions>,
  ready: { topics: true, signal: true } satisfies OptionNames<ReadyOptions>,
  transaction: { signal: true } satisfies OptionNames<SendOptions>,
}

/** `maxWaiting`, checked. */
export function maxWaitingOf({ maxWaiting = 1_000_000 }: ProducerOptions): number {
  const isCount = Number.isInteger(maxWaiting) || maxWaiting === Number.POSITIVE_INFINITY
  if (isCount && maxWaiting >= 0) return maxWaiting
  throw wrongOption('OUT_OF_RANGE', 'maxWaiting', maxWaiting, 'an integer, 0 or more, or Infinity')
}

/** `warnings`, checked. */
export function warningsOf({ warnings = true }: ProducerOptions): boolean {
  if (typeof warnings === 'boolean') return warnings
  throw wrongOption('INVALID_VALUE', 'warnings', warnings, 'true or false')
}

/** The timeout of a call, checked; undefined without one. */
export function timeoutOf(
  call: 'close' | 'clientInstanceId',
  options: CloseOptions | ClientInstanceIdOptions,
): number | undefined {
  checkOptions<CloseOptions>(call, options, names[call] as OptionNames<CloseOptions>)
  const { timeout } = options
  if (timeout === undefined || (typeof timeout === 'number' && timeout >= 0)) return timeout
  throw new RangeError(`timeout is ${quoted(timeout)}; it must be milliseconds, 0 or more`)
}

/** The signal of a call, checked; undefined without one. */
export function signalOf(
  call: 'close' | 'send' | 'ready' | 'transaction',
  options: SendOptions | ReadyOptions | CloseOptions,
): AbortSignal | undefined {
  checkOptions<ReadyOptions>(call, options, names[call] as OptionNames<ReadyOptions>)
  const { signal } = options
  if (signal === undefined || typeof signal?.addEventListener === 'function') return signal
  throw wrongOption('INVALID_VALUE', 'signal', signal, 'an AbortSignal')
}

/** The topics for `ready()`, each once, checked. */
export function topicsOf({ topics = [] }: ReadyOptions): readonly string[] {
  const isList = Array.isArray(topics) && topics.every((topic) => typeof topic === 'string')
  if (isList) return [...new Set(topics)]
  throw wrongOption('INVALID_VALUE', 'topics', topics, 'a list of names')
}
