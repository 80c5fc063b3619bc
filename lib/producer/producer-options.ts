// What may be said of a producer beside its configuration, as it is made and as it ends, checked.

import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import { quoted } from '../errors/quoted.ts'
import type { Runtime } from '../runtime.ts'

/** How a producer is made, beside its configuration. */
export interface ProducerOptions {
  /**
   * Records of one stream (or of all `send()`s together) that may wait for memory, for metadata,
   * or for a serializer's promise: so many for each of these, further ones fail with
   * `BUFFER_EXHAUSTED`. An integer, 0 or more, or `Infinity`.
   *
   * @defaultValue `1_000_000`
   */
  readonly maxWaiting?: number | undefined
  /**
   * Whether a producer that has delivered nothing 5 seconds after its first record says so, once, with
   * the reason: by `process.emitWarning`, under the code `TO_KAFKA_UNREACHABLE`. It never does where
   * somebody listens to `events$` or to a diagnostics channel.
   *
   * @defaultValue `true`
   */
  readonly warnings?: boolean | undefined
  /**
   * Time, chance and network. For tests: `cluster.runtime(scheduler)` of a simulated cluster.
   *
   * @defaultValue the real ones
   */
  readonly runtime?: Runtime | undefined
}

/** How {@link KafkaProducer.send} may be taken back. */
export interface SendOptions {
  /**
   * When it is aborted, a record that is in no batch yet (it waits for a serializer's promise, for its
   * topic or for memory) is withdrawn, and the promise rejects with the reason of the signal. One that is
   * in a batch can't be taken back: its result comes as ever.
   */
  readonly signal?: AbortSignal | undefined
}

/** What {@link KafkaProducer.ready} waits for. */
export interface ReadyOptions {
  /**
   * Topics whose partitions have to be known, and whose leaders have to be connected.
   *
   * @defaultValue none: any broker will do
   */
  readonly topics?: readonly string[] | undefined
  /** When it is aborted, the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * What a producer does: it takes records (`open`), has been asked to close and delivers what it has
 * (`closing`), is closed, or can deliver nothing any more (`failed`), whatever is tried.
 */
export type ProducerState = 'open' | 'closing' | 'closed' | 'failed'

/** How {@link KafkaProducer.close} ends. */
export interface CloseOptions {
  /**
   * Milliseconds to go on delivering what was given; then the rest fails with `CLOSED`. 0 closes at
   * once. Without it every record gets its result first, which `delivery.timeout.ms` bounds.
   */
  readonly timeout?: number | undefined
  /** When it is aborted, what has no result yet fails with `CLOSED`, as at the end of `timeout`. */
  readonly signal?: AbortSignal | undefined
}

/** How long {@link KafkaProducer.clientInstanceId} may take. */
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

/** The timeout that a call is given, checked; undefined without one. */
export function timeoutOf(
  call: 'close' | 'clientInstanceId',
  options: CloseOptions | ClientInstanceIdOptions,
): number | undefined {
  checkOptions<CloseOptions>(call, options, names[call] as OptionNames<CloseOptions>)
  const { timeout } = options
  if (timeout === undefined || (typeof timeout === 'number' && timeout >= 0)) return timeout
  throw new RangeError(`timeout is ${quoted(timeout)}; it is milliseconds, 0 or more`)
}

/** The signal that a call is given, checked; undefined without one. */
export function signalOf(
  call: 'close' | 'send' | 'ready',
  options: SendOptions | ReadyOptions | CloseOptions,
): AbortSignal | undefined {
  checkOptions<ReadyOptions>(call, options, names[call] as OptionNames<ReadyOptions>)
  const { signal } = options
  if (signal === undefined || typeof signal?.addEventListener === 'function') return signal
  throw wrongOption('INVALID_VALUE', 'signal', signal, 'an AbortSignal')
}

/** The topics that `ready()` is given, each once, checked. */
export function topicsOf({ topics = [] }: ReadyOptions): readonly string[] {
  const isList = Array.isArray(topics) && topics.every((topic) => typeof topic === 'string')
  if (isList) return [...new Set(topics)]
  throw wrongOption('INVALID_VALUE', 'topics', topics, 'a list of names')
}
