/**
 * The operators, the producer, the errors, and the types of the configuration.
 *
 * @module to-kafka
 */

export type { DeliveryConfig } from './config/delivery-config.ts'
export { type FromPropertiesOptions, fromProperties } from './config/from-properties.ts'
export type { NetworkConfig } from './config/network-config.ts'
export type { OauthbearerConfig } from './config/oauthbearer-config.ts'
export type { PipelineConfig } from './config/pipeline-config.ts'
export type { PartitionerClass, SerializerClass } from './config/plugins.ts'
export type { ProducerConfig } from './config/producer-config.ts'
export type { SaslConfig } from './config/sasl-config.ts'
export type { TlsConfig } from './config/tls-config.ts'
export { AuthenticationError, type AuthenticationErrorCode } from './errors/authentication-error.ts'
export { BrokerError, type BrokerErrorFacts } from './errors/broker-error.ts'
export { ConfigError, type ConfigErrorCode, type ConfigErrorFacts } from './errors/config-error.ts'
export {
  ConnectionError,
  type ConnectionErrorCode,
  type ConnectionErrorFacts,
} from './errors/connection-error.ts'
export {
  DeliveryError,
  type DeliveryErrorCode,
  type DeliveryErrorFacts,
  type Persisted,
  type Undelivered,
} from './errors/delivery-error.ts'
export type { KafkaErrorName } from './errors/error-codes.ts'
export { type AnyKafkaError, isKafkaError } from './errors/is-kafka-error.ts'
export { KafkaError, type KafkaErrorFacts } from './errors/kafka-error.ts'
export { ProtocolError, type ProtocolErrorCode } from './errors/protocol-error.ts'
export {
  TransactionError,
  type TransactionErrorCode,
  type TransactionErrorFacts,
  type TransactionOutcome,
} from './errors/transaction-error.ts'
export type { Metric } from './metrics/metric.ts'
export type { MetricsReporter } from './metrics/reporters.ts'
export type {
  Bytes,
  Header,
  Headers,
  Interceptor,
  ProducerRecord,
  RecordMetadata,
} from './model.ts'
export { type Committed, type ExactlyOnceOptions, exactlyOnce } from './operators/exactly-once.ts'
export { type InTransactionOptions, inTransaction } from './operators/in-transaction.ts'
export { nextOffset } from './operators/next-offset.ts'
export { type Pullable, paced } from './operators/paced.ts'
export type { GroupSource, MessagePosition } from './operators/source-offsets.ts'
export { type ToKafkaOptions, toKafka } from './operators/to-kafka.ts'
export { type EachResult, type ToKafkaEachOptions, toKafkaEach } from './operators/to-kafka-each.ts'
export {
  type SendResult,
  type ToKafkaSettledOptions,
  toKafkaSettled,
} from './operators/to-kafka-settled.ts'
export type { TransactionalProducer } from './operators/transactional-source.ts'
export { type Delivered, type SourcePosition, watermark } from './operators/watermark.ts'
export { consistent, consistentRandom, murmur2Random } from './partitioners/librdkafka.ts'
export type { Partitioner, PartitionerRecord, TopicInfo } from './partitioners/partitioner.ts'
export { roundRobin } from './partitioners/round-robin.ts'
export type {
  DiagnosticsMessage,
  DiagnosticsMessages,
  DiagnosticsTrace,
} from './producer/channels.ts'
export type { BatchSummary, ProducerEvent } from './producer/events.ts'
export type { GroupMetadata, SourceOffset } from './producer/group-metadata.ts'
export { KafkaProducer } from './producer/kafka-producer.ts'
export type { PartitionInfo } from './producer/partition-questions.ts'
export type {
  ClientInstanceIdOptions,
  CloseOptions,
  ProducerOptions,
  ProducerState,
  ReadyOptions,
  SendOptions,
} from './producer/producer-options.ts'
export { KafkaProducerPool, type ProducerPoolOptions } from './producer/producer-pool.ts'
export type { RecordFor } from './producer/record-for.ts'
export type { Transaction, TransactionOptions } from './producer/transaction-body.ts'
export type { WritableOptions } from './producer/transactional.ts'
export type {
  Address,
  Clock,
  Compressor,
  Cryptography,
  HttpAnswer,
  HttpPost,
  Random,
  Runtime,
  Socket,
  SocketEvents,
  Stretching,
  Timer,
  Tls,
  TlsAttempt,
  Transport,
} from './runtime.ts'
export type { Source } from './security/secret.ts'
export type { Exchange, ExchangeContext, Mechanism, StepResult } from './security/security.ts'
export type { TlsFactory } from './security/tls-factory.ts'
export type { OAuthToken, TokenSource } from './security/tokens.ts'
export type { BytesLike } from './serialization/bytes.ts'
export type { Serializer, SerializerContext } from './serialization/serializer.ts'
export { serializers } from './serialization/serializers.ts'
