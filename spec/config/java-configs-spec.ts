import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import type { Settings } from '../../lib/config/settings.ts'
import { isKafkaError } from '../../lib/errors/is-kafka-error.ts'

// Goal: our rules are Java's. Method: 800 random configurations, with values at the limits of the
// rules, and the results of Apache's own producer (golden/JavaConfigs.java).
interface Case {
  readonly config: Readonly<Record<string, string>>
  /** The resulting values of some keys; null if the producer refused the configuration. */
  readonly java: Readonly<Record<string, string>> | null
}

const cases = [...casesIn('java-configs.json'), ...casesIn('java-configs-others.json')]

function casesIn(file: string): readonly Case[] {
  return JSON.parse(readFileSync(new URL(`./golden/${file}`, import.meta.url), 'utf8'))
}

/** What Java accepts although it is surely a mistake: refused here. */
const stricter: readonly (readonly [key: string, value: string])[] = [
  ['socket.connection.setup.timeout.ms', '-1'],
  ['socket.connection.setup.timeout.max.ms', '-1'],
  ['bootstrap.servers', 'localhost:0'],
]

describe('resolveConfig on configurations that Java has accepted or refused', () => {
  it('accepts what Java accepts, with the same result', () => {
    for (const { config, java } of cases) {
      if (java === null || stricter.some(([key, value]) => config[key] === value)) continue
      const ours = told(resolveConfig(config as never))
      const asked = Object.fromEntries(Object.keys(java).map((key) => [key, ours[key]]))
      expect(asked, JSON.stringify(config)).toEqual({
        ...java,
        ...differing(java),
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

  it('refuses what is surely a mistake, although Java accepts it', () => {
    for (const [key, value] of stricter) {
      const some = cases.filter(({ config, java }) => java !== null && config[key] === value)
      expect(some.length, key).toBeGreaterThan(0)
      for (const { config } of some) expect(() => resolveConfig(config as never)).toThrow(key)
    }
  })

  it('has enough examples of both', () => {
    const taken = cases.filter(({ java }) => java !== null).length
    expect(taken).toBeGreaterThan(100)
    expect(cases.length - taken).toBeGreaterThan(100)
  })
})

/** Keys in the comparison whose equal values are written with another number here. */
function differing(java: Readonly<Record<string, string>>): Record<string, string> {
  if (java['batch.size'] === undefined) return {}
  return {
    'batch.size': java['batch.size'] === '0' ? '1' : java['batch.size'],
    'linger.ms': `${Math.min(Number(java['linger.ms']), 2147483647)}`,
  }
}

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
    'compression.zstd.level': settings.compression.zstdLevel,
    'client.rack': settings.clientRack,
    'partitioner.rack.aware': settings.partitionerRackAware,
    'partitioner.adaptive.partitioning.enable': settings.partitionerAdaptive,
    'partitioner.availability.timeout.ms': settings.partitionerAvailabilityTimeoutMs,
    'partitioner.ignore.keys': settings.partitionerIgnoreKeys,
    'buffer.memory': settings.bufferMemory,
    'max.request.size': settings.maxRequestSize,
    'max.block.ms': settings.maxBlockMs,
    'connections.max.idle.ms': settings.connectionsMaxIdleMs,
    'metadata.max.age.ms': settings.metadataMaxAgeMs,
    'metadata.cluster.check.enable': settings.metadataClusterCheck,
    'metadata.recovery.rebootstrap.trigger.ms': settings.metadataRebootstrapTriggerMs,
    'socket.connection.setup.timeout.ms': settings.connectionSetupTimeoutMs,
    'socket.connection.setup.timeout.max.ms': settings.connectionSetupTimeoutMaxMs,
    'retry.backoff.ms': settings.retryBackoffMs,
    'retry.backoff.max.ms': settings.retryBackoffMaxMs,
    'metrics.num.samples': settings.metricsSamples,
    'metrics.sample.window.ms': settings.metricsWindowMs,
  }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, `${value}`]))
}
