// From the user's configuration to the settings that the producer reads: names checked, values parsed,
// rules applied, frozen. All problems of a configuration are thrown here, at once, as a ConfigError.

import { ConfigError } from '../errors/config-error.ts'
import { kindOf } from '../errors/quoted.ts'
import { passThrough } from '../serialization/pass-through.ts'
import type { Serializer } from '../serialization/serializer.ts'
import { parseAddresses } from './addresses.ts'
import { applyChecks, type Draft, intMax } from './checks.ts'
import { discreet } from './discreet.ts'
import { isKeyName, type KeyName, keyNames, keys, type Parsed } from './keys.ts'
import { isPlain } from './options.ts'
import { parseValue } from './parse.ts'
import { Problems } from './problems.ts'
import type { ProducerConfig } from './producer-config.ts'
import { filledIn, isProviderKey } from './providers.ts'
import { securityOf } from './security.ts'
import type { Settings } from './settings.ts'
import { unknownKey } from './unknown-key.ts'

/**
 * The settings that a configuration asks for, with defaults for all that it does not name.
 *
 * A key whose value is undefined counts as not there.
 *
 * @throws {@link ConfigError}, one for all that is wrong, for an unknown key, a value that its key does not take or whose feature
 * is not built, a codec that is not there, keys that contradict each other, and a missing
 * `bootstrap.servers`.
 */
export function resolveConfig(config: ProducerConfig): Settings {
  const problems = new Problems()
  const { given, filled } = entriesOf(config, problems)
  const parsed: Record<string, unknown> = {}
  for (const name of keyNames) parsed[name] = keys[name].default
  for (const [name, value] of given) {
    problems.attempt(() => {
      const text = filled.get(name)
      parsed[name] =
        text === undefined ? parseValue(name, keys[name], value) : parseFilled(name, text)
    })
  }
  if (!given.has('bootstrap.servers')) problems.add(missing('bootstrap.servers'))
  problems.throwIfAny()

  const draft: Draft = { parsed: parsed as Parsed, given: new Set(given.keys()), notices: [] }
  applyChecks(draft)
  return settingsOf(draft)
}

/** A variable's value may be a secret, so an error does not show it. */
function parseFilled(name: KeyName, text: string): unknown {
  try {
    return parseValue(name, keys[name], text)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const { code, allowed } = error
    const message = `${name}: the value of its variable is not valid: it must be ${allowed}`
    throw new ConfigError(code, message, { key: name, value: '[hidden]', allowed })
  }
}

interface Entries {
  readonly given: ReadonlyMap<KeyName, unknown>
  /** The values with variables, with these replaced. */
  readonly filled: ReadonlyMap<KeyName, string>
}

/** The given values, by key. Unknown names are among the problems. */
function entriesOf(config: unknown, problems: Problems): Entries {
  if (!isPlain(config)) {
    const message = `a configuration must be an object with Kafka's keys, not ${kindOf(config)}`
    throw new ConfigError('INVALID_VALUE', message, { key: '', allowed: "{ 'linger.ms': 5, … }" })
  }
  for (const symbol of Object.getOwnPropertySymbols(config)) {
    problems.add(unknownKey(String(symbol)))
  }

  const given = new Map<KeyName, unknown>()
  const ofProviders = new Map<string, unknown>()
  // `in` finds inherited settings, too: a configuration may be derived from another one.
  for (const name in config) {
    const value = config[name]
    if (isProviderKey(name)) ofProviders.set(name, value)
    else if (!isKeyName(name)) problems.add(unknownKey(name))
    else if (value !== undefined) given.set(name, value)
  }
  return { given, filled: filledIn(given, ofProviders, problems) }
}

function missing(key: KeyName): ConfigError {
  const message = `${key} is missing: give at least one broker, as 'host:9092'`
  return new ConfigError('MISSING', message, { key, allowed: 'host:port, …' })
}

/**
 * The size of a frame is an int32, and the limit counts only the batches of a request: the rest, at most
 * some 300 bytes per partition, needs room as well.
 */
const requestSizeMax = intMax - 64 * 1024 * 1024

function settingsOf(draft: Draft): Settings {
  const { parsed, notices } = draft
  const settings: Settings = {
    bootstrapServers: parseAddresses(parsed['bootstrap.servers']),
    clientId: parsed['client.id'],

    acks: parsed.acks === '0' ? 0 : parsed.acks === '1' ? 1 : -1,
    retries: parsed.retries,
    transactionalId: parsed['transactional.id'],
    transactionTimeoutMs: parsed['transaction.timeout.ms'],
    enableIdempotence: parsed['enable.idempotence'],
    maxInFlight: parsed['max.in.flight.requests.per.connection'],
    deliveryTimeoutMs: parsed['delivery.timeout.ms'],
    requestTimeoutMs: parsed['request.timeout.ms'],
    maxBlockMs: parsed['max.block.ms'],
    lingerMs: Math.min(parsed['linger.ms'], intMax),
    batchSize: Math.max(1, parsed['batch.size']),
    bufferMemory: parsed['buffer.memory'],
    maxRequestSize: Math.min(parsed['max.request.size'], requestSizeMax),
    compression: Object.freeze({
      type: parsed['compression.type'],
      gzipLevel: parsed['compression.gzip.level'],
      zstdLevel: parsed['compression.zstd.level'],
    }),
    retryBackoffMs: parsed['retry.backoff.ms'],
    retryBackoffMaxMs: parsed['retry.backoff.max.ms'],

    keySerializer: parsed['key.serializer'] ?? (passThrough as Serializer),
    valueSerializer: parsed['value.serializer'] ?? (passThrough as Serializer),
    interceptors: Object.freeze([...parsed['interceptor.classes']]),
    partitioner: parsed['partitioner.class'],
    partitionerIgnoreKeys: parsed['partitioner.ignore.keys'],
    partitionerRackAware: parsed['partitioner.rack.aware'],
    clientRack: parsed['client.rack'],
    partitionerAdaptive: parsed['partitioner.adaptive.partitioning.enable'],
    partitionerAvailabilityTimeoutMs: parsed['partitioner.availability.timeout.ms'],

    dnsLookup: parsed['client.dns.lookup'],
    bootstrapResolveTimeoutMs: parsed['bootstrap.resolve.timeout.ms'],
    reconnectBackoffMs: parsed['reconnect.backoff.ms'],
    reconnectBackoffMaxMs: parsed['reconnect.backoff.max.ms'],
    connectionSetupTimeoutMs: parsed['socket.connection.setup.timeout.ms'],
    connectionSetupTimeoutMaxMs: parsed['socket.connection.setup.timeout.max.ms'],
    connectionsMaxIdleMs: parsed['connections.max.idle.ms'],
    metadataMaxAgeMs: parsed['metadata.max.age.ms'],
    metadataMaxIdleMs: parsed['metadata.max.idle.ms'],
    metadataClusterCheck: parsed['metadata.cluster.check.enable'],
    metadataRecoveryStrategy: parsed['metadata.recovery.strategy'],
    metadataRebootstrapTriggerMs: parsed['metadata.recovery.rebootstrap.trigger.ms'],

    security: securityOf(draft),

    enableMetricsPush: parsed['enable.metrics.push'],
    metricReporters: Object.freeze([...parsed['metric.reporters']]),
    metricsSamples: parsed['metrics.num.samples'],
    metricsWindowMs: parsed['metrics.sample.window.ms'],

    notices: Object.freeze(notices),
  }
  return Object.freeze(discreet(settings))
}
