import type { Settings } from '../config/settings.ts'
import type { ProducerMetrics } from '../metrics/producer-metrics.ts'
import { realRuntime } from '../wire/transport.ts'
import { Closing } from './closing.ts'
import { Engine } from './engine.ts'
import { EventSource } from './events.ts'
import type { KafkaProducer } from './kafka-producer.ts'
import { measured } from './measured.ts'
import { brand } from './misplaced-producer.ts'
import { maxWaitingOf, type ProducerOptions, warningsOf } from './producer-options.ts'
import type { TransactionQueue } from './transaction-queue.ts'
import type { EngineParts } from './wiring.ts'
import { within } from './within.ts'

// What a producer is made of, whoever owns it: a program has it as a KafkaProducer, a subscription of
// toKafka(config) as it is.
// Invariant: nothing here knows the class KafkaProducer, transactions or the calls that only KafkaProducer
// has, so a program that is bundled and uses none of these has none. The operators know a producer by its assembly.

export interface Assembly {
  readonly engine: Engine
  /** Where it tells what is no result. */
  readonly events: EventSource
  readonly metrics: ProducerMetrics
  readonly closing: Closing
}

/**
 * Makes a producer. Without `transacting` it has no transactions: `settings` has no transactional id. Without
 * `asking`, nothing may call `partitionsFor` and `ready` of its engine.
 */
export function assemble(
  settings: Settings,
  options: ProducerOptions,
  parts: Pick<EngineParts, 'transacting' | 'asking'> = {},
): Assembly {
  const { runtime: given = realRuntime } = options
  const context = given.context?.() ?? null
  const runtime = within(given, context)
  const maxWaiting = maxWaitingOf(options)
  const clientId =
    settings.clientId ?? `producer-${Math.floor(runtime.random() * 2 ** 32).toString(36)}`
  const events = new EventSource(clientId, () => runtime.context?.() ?? null)
  const engine = new Engine({
    settings,
    clientId,
    maxWaiting,
    runtime,
    context,
    events,
    warn: warningsOf(options) ? runtime.warn : undefined,
    metrics: () => metrics.snapshot(),
    ...parts,
  })
  const closing = new Closing(engine, events)
  const metrics: ProducerMetrics = measured(engine, closing, clientId, context)
  return { engine, events, metrics, closing }
}

const assemblies = new WeakMap<object, Assembly>()

/** Has `producer` be known as one, to this copy of the package and to others. */
export function introduce(producer: object, assembly: Assembly): void {
  assemblies.set(producer, assembly)
  brand(producer, 'KafkaProducer')
}

/** Whether it is a producer of this copy of the package; a proxy of one is none. */
export function isProducer<K, V>(value: unknown): value is KafkaProducer<K, V> {
  return assemblies.has(value as object)
}

/** What `producer` is made of. */
export function assemblyOf<K, V>(producer: KafkaProducer<K, V>): Assembly {
  return assemblies.get(producer)!
}

/** The engine of a producer. */
export function engineOf<K, V>(producer: KafkaProducer<K, V>): Engine {
  return assemblyOf(producer).engine
}

/** Whose turn it is in a producer with a transactional id; null in another. */
export function queueOf<K, V>(producer: KafkaProducer<K, V>): TransactionQueue | null {
  return engineOf(producer).transactions
}
