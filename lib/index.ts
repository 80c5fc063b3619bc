// The public names, nothing else.

export type { DeliveryConfig } from './config/delivery-config.ts'
export { fromProperties } from './config/from-properties.ts'
export type { NetworkConfig } from './config/network-config.ts'
export type { OauthbearerConfig } from './config/oauthbearer-config.ts'
export type { PipelineConfig } from './config/pipeline-config.ts'
export type { ProducerConfig } from './config/producer-config.ts'
export type { SaslConfig } from './config/sasl-config.ts'
export type { TlsConfig } from './config/tls-config.ts'
export { AuthenticationError } from './errors/authentication-error.ts'
export { BrokerError } from './errors/broker-error.ts'
export { ConfigError } from './errors/config-error.ts'
export { ConnectionError } from './errors/connection-error.ts'
export {
  DeliveryError,
  type DeliveryErrorCode,
  type Persisted,
  type Undelivered,
} from './errors/delivery-error.ts'
export { isKafkaError, KafkaError } from './errors/kafka-error.ts'
export { ProtocolError } from './errors/protocol-error.ts'
export type {
  Bytes,
  Header,
  Headers,
  Interceptor,
  ProducerRecord,
  RecordMetadata,
} from './model.ts'
export { type Pullable, paced } from './operators/paced.ts'
export { type ToKafkaOptions, toKafka } from './operators/to-kafka.ts'
export { type SendResult, toKafkaSettled } from './operators/to-kafka-settled.ts'
export { consistent, consistentRandom, murmur2Random } from './partitioners/librdkafka.ts'
export type { Partitioner, PartitionerRecord, TopicInfo } from './partitioners/partitioner.ts'
export { roundRobin } from './partitioners/round-robin.ts'
export type { ProducerEvent } from './producer/events.ts'
export {
  type CloseOptions,
  KafkaProducer,
  type ProducerOptions,
} from './producer/kafka-producer.ts'
export type { Clock, Random, Runtime, Transport } from './runtime.ts'
export type { BytesLike } from './serialization/bytes.ts'
export type { Serializer, SerializerContext } from './serialization/serializer.ts'
export { serializers } from './serialization/serializers.ts'
