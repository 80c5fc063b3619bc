import { ConfigError } from '../errors/config-error.ts'
import { isThenable } from '../stages/thenable.ts'

// A producer in disguise: of another copy of this package, whose insides are its own, or a promise of
// one. It would be read as a configuration that lacks everything. Used where operators take a producer.

/** By this the producers of all copies know one another. */
export const producerBrand = Symbol.for('to-kafka.producer')

/** Throws for what is no producer of this copy, and was meant as one. */
export function refuseMisplaced(config: unknown): void {
  if (typeof config !== 'object' || config === null) return
  if (isThenable(config)) {
    throw misplaced('a promise', 'a configuration or a KafkaProducer: await the promise first')
  }
  if ((config as { [producerBrand]?: unknown })[producerBrand] !== true) return
  throw misplaced(
    'a KafkaProducer of another copy of to-kafka',
    'a KafkaProducer of the same copy: install one version, and import it in one way',
  )
}

function misplaced(given: string, allowed: string): ConfigError {
  const message = `expected a configuration, but got ${given}; allowed: ${allowed}`
  return new ConfigError('INVALID_VALUE', message, { key: 'config', value: given, allowed })
}
