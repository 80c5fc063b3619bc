// Compiled, never run: a program with `exactOptionalPropertyTypes` may set every option and every
// key to `undefined`, because all of them accept it at run time.

import type {
  CloseOptions,
  ConfigErrorFacts,
  ConnectionErrorFacts,
  DeliveryErrorFacts,
  KafkaErrorFacts,
  ProducerConfig,
  ProducerOptions,
  ProducerRecord,
  Runtime,
  SourcePosition,
  ToKafkaOptions,
} from 'to-kafka'
import type { MemoryOptions } from 'to-kafka/stages'
import type {
  FaultFilter,
  MockClusterOptions,
  SimulatedClusterOptions,
  TopicRange,
  TopicSettings,
} from 'to-kafka/testing'

/** The names that may be omitted, but not be undefined. */
type Exact<O> = {
  [N in keyof O]-?: object extends Pick<O, N>
    ? { readonly [M in N]: undefined } extends Pick<O, N>
      ? never
      : N
    : never
}[keyof O]

type None<Names extends never> = Names

export type NoOptionIsExact = [
  None<Exact<ProducerConfig<string, string>>>,
  None<Exact<ProducerOptions>>,
  None<Exact<ToKafkaOptions>>,
  None<Exact<CloseOptions>>,
  None<Exact<ProducerRecord>>,
  None<Exact<SourcePosition>>,
  None<Exact<Runtime>>,
  None<Exact<KafkaErrorFacts>>,
  None<Exact<ConfigErrorFacts>>,
  None<Exact<ConnectionErrorFacts>>,
  None<Exact<DeliveryErrorFacts>>,
  None<Exact<MemoryOptions>>,
  None<Exact<MockClusterOptions>>,
  None<Exact<NonNullable<MockClusterOptions['versions']>>>,
  None<Exact<SimulatedClusterOptions>>,
  None<Exact<TopicSettings>>,
  None<Exact<TopicRange>>,
  None<Exact<FaultFilter>>,
]

// The check itself distinguishes the two.
// @ts-expect-error: `exact` may not be undefined
export type Told = None<Exact<{ readonly exact?: number; readonly open?: number | undefined }>>
