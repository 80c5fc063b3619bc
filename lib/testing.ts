/**
 * For tests of programs that use Kafka: mock clusters on sockets and in virtual time, and a reader of topics.
 *
 * @module to-kafka/testing
 */

export type { KafkaErrorName } from './errors/error-codes.ts'
export type { MockTelemetry } from './testing/answer-telemetry.ts'
export type { TopicSettings } from './testing/cluster-state.ts'
export type { CoordinatorKind } from './testing/coordinators.ts'
export type { Fault, FaultFilter } from './testing/fault-script.ts'
export type { CommittedOffset, GroupSettings } from './testing/group-offsets.ts'
export type { MockClientSettings } from './testing/listener-tls.ts'
export { MockCluster, type MockClusterOptions } from './testing/mock-cluster.ts'
export type { MockHeader, MockRecord } from './testing/mock-record.ts'
export type { KafkaVersion } from './testing/releases.ts'
export type { MockListeners, MockSecurity, OwnCheck, TokenCheck } from './testing/sasl-access.ts'
export type { ApiName, MockRequest, VersionRange } from './testing/served-apis.ts'
export { SimulatedCluster, type SimulatedClusterOptions } from './testing/simulated-cluster.ts'
export type { HandshakeFailure } from './testing/simulated-tls.ts'
export type { MockCertificate } from './testing/test-certificates.ts'
export { type TopicBatch, type TopicRange, TopicReader } from './testing/topic-reader.ts'
export type { TransactionDescription, TransactionState } from './testing/transaction-states.ts'
export { VirtualClock } from './testing/virtual-clock.ts'
export type { ConnectWeather, TransferWeather, Weather } from './testing/weather.ts'
