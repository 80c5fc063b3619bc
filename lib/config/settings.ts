// The settings that the producer reads: all resolved, within bounds, with names as in code, frozen. Types
// only. Made by resolveConfig; the layers below declare the few that they need.

import type { MetricsReporter } from '../metrics/reporters.ts'
import type { Interceptor } from '../model.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Address } from '../runtime.ts'
import type { SecuritySettings } from '../security/security-settings.ts'
import type { Serializer } from '../serialization/serializer.ts'

/** How batches are compressed. */
export interface CompressionSettings {
  readonly type: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** 1 … 9, or -1 for the default of zlib. */
  readonly gzipLevel: number
  /** -131072 … 22. */
  readonly zstdLevel: number
}

/** A resolved configuration. Names end in their unit; see `ProducerConfig` for what each does. */
export interface Settings {
  readonly bootstrapServers: readonly Address[]
  /** Null: the producer generates one. */
  readonly clientId: string | null

  readonly acks: -1 | 0 | 1
  readonly retries: number
  /** Null: the producer opens no transactions. */
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  /** After the rules on acks and retries. */
  readonly enableIdempotence: boolean
  readonly maxInFlight: number
  /** At least lingerMs + requestTimeoutMs. */
  readonly deliveryTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly maxBlockMs: number
  /** At most 2147483647. */
  readonly lingerMs: number
  /** Bytes, at least 1. */
  readonly batchSize: number
  readonly bufferMemory: number
  readonly maxRequestSize: number
  readonly compression: CompressionSettings
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number

  readonly keySerializer: Serializer
  readonly valueSerializer: Serializer
  readonly interceptors: readonly Interceptor[]
  readonly partitioner: Partitioner | null
  readonly partitionerIgnoreKeys: boolean
  readonly partitionerAdaptive: boolean
  readonly partitionerRackAware: boolean
  readonly clientRack: string
  readonly partitionerAvailabilityTimeoutMs: number

  readonly dnsLookup: 'use_all_dns_ips' | 'resolve_canonical_bootstrap_servers_only'
  /** 0: without a limit. */
  readonly bootstrapResolveTimeoutMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  readonly connectionSetupTimeoutMs: number
  readonly connectionSetupTimeoutMaxMs: number
  /** Negative: forever. */
  readonly connectionsMaxIdleMs: number
  readonly metadataMaxAgeMs: number
  readonly metadataMaxIdleMs: number
  readonly metadataClusterCheck: boolean
  readonly metadataRecoveryStrategy: 'rebootstrap' | 'none'
  readonly metadataRebootstrapTriggerMs: number

  readonly security: SecuritySettings

  readonly enableMetricsPush: boolean
  readonly metricReporters: readonly MetricsReporter[]
  readonly metricsSamples: number
  readonly metricsWindowMs: number

  /** Changed settings and settings without effect, in sentences: what Java writes into its log. */
  readonly notices: readonly string[]
}
