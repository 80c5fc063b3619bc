// The table of settings: every key of Apache Kafka's producer, each in one row. All other code reads the
// keys here.

import type { MetricsReporter } from '../metrics/reporters.ts'
import type { Interceptor } from '../model.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Source } from '../security/secret.ts'
import type { Mechanism } from '../security/security.ts'
import type { TlsFactory } from '../security/tls-factory.ts'
import type { TokenSource } from '../security/tokens.ts'
import type { Serializer } from '../serialization/serializer.ts'
import type { Key } from './key.ts'
import { deliveryKeys } from './keys-delivery.ts'
import { networkKeys } from './keys-network.ts'
import { oauthbearerKeys } from './keys-oauthbearer.ts'
import { pipelineKeys } from './keys-pipeline.ts'
import { saslKeys } from './keys-sasl.ts'
import { tlsKeys } from './keys-tls.ts'

const groups = {
  delivery: deliveryKeys,
  pipeline: pipelineKeys,
  network: networkKeys,
  tls: tlsKeys,
  sasl: saslKeys,
  oauthbearer: oauthbearerKeys,
} as const

const table = {
  ...groups.delivery,
  ...groups.pipeline,
  ...groups.network,
  ...groups.tls,
  ...groups.sasl,
  ...groups.oauthbearer,
} as const

/** The rows by group; each group has its own interface next to `ProducerConfig`. */
export const keyGroups: Readonly<Record<keyof typeof groups, Readonly<Record<string, Key>>>> =
  groups

/** The name of a setting, as Kafka spells it. */
export type KeyName = keyof typeof table

/** The rows by name, in the order of the reference page. */
export const keys: Readonly<Record<KeyName, Key>> = table

/** The names, in the order of the reference page. */
export const keyNames = Object.keys(table) as readonly KeyName[]

/** Whether `name` is one of Kafka's keys. */
export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(table, name)
}

/** All parsed settings: every key, with its default if none was given. */
export type Parsed = { -readonly [K in KeyName]: ParsedOf<(typeof table)[K]> }

type ParsedOf<K extends Key> = K['type'] extends 'boolean'
  ? boolean
  : K['type'] extends 'short' | 'int' | 'long' | 'double'
    ? number | (K['default'] extends null ? null : never)
    : K extends { readonly words: readonly (infer Word)[] }
      ? Word
      : K['type'] extends 'list'
        ? readonly string[]
        : K['type'] extends 'serializer'
          ? Serializer | null
          : K['type'] extends 'secret'
            ? Source<string> | null
            : K['type'] extends 'mechanism'
              ? string | Mechanism
              : K['type'] extends 'tokens'
                ? string | TokenSource | null
                : K['type'] extends 'tlsFactory'
                  ? TlsFactory | null
                  : K['type'] extends 'partitioner'
                    ? Partitioner | null
                    : K['type'] extends 'interceptors'
                      ? readonly Interceptor[]
                      : K['type'] extends 'reporters'
                        ? readonly MetricsReporter[]
                        : string | (K['default'] extends null ? null : never)
