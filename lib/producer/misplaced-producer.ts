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
 * Throws for an object that is not a producer of this copy, and was meant as one, where `expected` is. Only for
 * what `isProducer` denies.
 */
export function refuseMisplaced(given: unknown, expected: string): void {
  if (typeof given !== 'object' || given === null) return
  if (isThenable(given)) {
    throw misplaced(expected, 'a promise', `${expected}: await the promise first`)
  }
  const name = (given as { [producerBrand]?: unknown })[producerBrand]
  if (typeof name !== 'string') return
  throw misplaced(
    expected,
    `a ${name} of another copy of to-kafka, or a proxy of one`,
    `a ${name} of the same copy, not a proxy: install one version, and import it in one way`,
  )
}

function misplaced(expected: string, given: string, allowed: string): ConfigError {
  const message = `expected ${expected}, but got ${given}; allowed: ${allowed}`
  return new ConfigError('INVALID_VALUE', message, { key: 'config', value: given, allowed })
}
