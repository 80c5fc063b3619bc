// The configuration as users write it: Kafka's keys, all optional except bootstrap.servers, checked as a
// whole by resolveConfig. Each group of properties has its own interface, generated from its table.

import type { DeliveryConfig } from './delivery-config.ts'
import type { NetworkConfig } from './network-config.ts'
import type { OauthbearerConfig } from './oauthbearer-config.ts'
import type { PipelineConfig } from './pipeline-config.ts'
import type { SaslConfig } from './sasl-config.ts'
import type { TlsConfig } from './tls-config.ts'

/**
 * The settings of a producer: Apache Kafka's keys, with the defaults of its Java client.
 *
 * Numbers and booleans may be given as strings, and lists as one string with commas, as in a properties
 * file (`fromProperties` reads one). An unknown key, an invalid value, or keys that contradict each other
 * are a `ConfigError`.
 *
 * `K` and `V` are the types that the serializers accept for keys and values.
 */
export interface ProducerConfig<K = never, V = never>
  extends DeliveryConfig,
    PipelineConfig<K, V>,
    NetworkConfig,
    TlsConfig,
    SaslConfig,
    OauthbearerConfig {}
