import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import type { Settings } from '../../lib/config/settings.ts'
import { isKafkaError } from '../../lib/errors/is-kafka-error.ts'

// Goal: our rules are Java's. Method: 400 configurations by chance, of values at the edges of the
// rules, and what Apache's own producer made of them (golden/JavaConfigs.java).
interface Case {
  readonly config: Readonly<Record<string, string>>
  /** What some keys came out as; null where the producer refused the configuration. */
  readonly java: Readonly<Record<string, string>> | null
}

const golden = new URL('./golden/java-configs.json', import.meta.url)
const cases: readonly Case[] = JSON.parse(readFileSync(golden, 'utf8'))

describe('resolveConfig on configurations that Java has judged', () => {
  it('takes what Java takes, and makes the same of it', () => {
    for (const { config, java } of cases) {
      if (java === null) continue
      expect(told(resolveConfig(config as never)), JSON.stringify(config)).toEqual({
        ...java,
        'batch.size': java['batch.size'] === '0' ? '1' : java['batch.size'],
        'linger.ms': `${Math.min(Number(java['linger.ms']), 2147483647)}`,
      })
    }
  })

  it('refuses what Java refuses', () => {
    for (const { config, java } of cases) {
      if (java !== null) continue
      const refused = expect.toSatisfy(isKafkaError)
      expect(() => resolveConfig(config as never), JSON.stringify(config)).toThrow(refused)
    }
  })

  it('has enough of both to go by', () => {
    const taken = cases.filter(({ java }) => java !== null).length
    expect(taken).toBeGreaterThan(100)
    expect(cases.length - taken).toBeGreaterThan(100)
  })
})

function told(settings: Settings): Record<string, string> {
  const values = {
    acks: settings.acks,
    'enable.idempotence': settings.enableIdempotence,
    retries: settings.retries,
    'linger.ms': settings.lingerMs,
    'batch.size': settings.batchSize,
    'request.timeout.ms': settings.requestTimeoutMs,
    'reconnect.backoff.ms': settings.reconnectBackoffMs,
    'reconnect.backoff.max.ms': settings.reconnectBackoffMaxMs,
    'compression.type': settings.compression.type,
    'compression.gzip.level': settings.compression.gzipLevel,
  }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, `${value}`]))
}
