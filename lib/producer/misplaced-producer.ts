import { isThenable } from '../collections/thenable.ts'
import { ConfigError } from '../errors/config-error.ts'

// Recognises a producer of another copy of this package, which has other internals, a proxy of a producer,
// which has none, and a promise of one; the same for pools. Each would be read as a configuration that lacks
// everything. Used by operators that take a producer.

const producerBrand = Symbol.for('to-kafka.producer')

/** Marks a producer or a pool, so that every copy recognises it. */
export function brand(made: object, name: 'KafkaProducer' | 'KafkaProducerPool'): void {
  Object.defineProperty(made, producerBrand, { value: name })
}

/**
 * Throws for a producer or a pool that is none of what is `expected`: a promise of one, one of another copy, or
 * one of this copy where only the other is taken. Only for what the caller does not recognise as its own.
 */
export function refuseMisplaced(given: unknown, ...expected: readonly string[]): void {
  if (typeof given !== 'object' || given === null) return
  const wanted = expected.join(' or ')
  if (isThenable(given)) throw misplaced(wanted, 'a promise', `${wanted}: await the promise first`)
  const name = (given as { [producerBrand]?: unknown })[producerBrand]
  if (typeof name !== 'string') return
  const kind = `a ${name}`
  if (!expected.includes(kind)) throw misplaced(wanted, kind, wanted)
  throw misplaced(
    wanted,
    `${kind} of another copy of to-kafka, or a proxy of one`,
    `${kind} of the same copy, not a proxy: install one version, and import it in one way`,
  )
}

function misplaced(expected: string, given: string, allowed: string): ConfigError {
  const message = `expected ${expected}, but got ${given}; allowed: ${allowed}`
  return new ConfigError('INVALID_VALUE', message, { key: 'config', value: given, allowed })
}
