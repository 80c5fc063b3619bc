// What tests of programs that produce may use: the public names of `to-kafka/testing`.

export type { KafkaErrorName } from './errors/error-codes.ts'
export type { TopicSettings } from './testing/cluster-state.ts'
export type { Fault, FaultFilter } from './testing/fault-script.ts'
export { MockCluster, type MockClusterOptions } from './testing/mock-cluster.ts'
export type { MockHeader, MockRecord } from './testing/mock-record.ts'
export type { KafkaVersion } from './testing/releases.ts'
export type { MockListeners, TokenCheck } from './testing/sasl-access.ts'
export type { ApiName, MockRequest, VersionRange } from './testing/served-apis.ts'
export { SimulatedCluster, type SimulatedClusterOptions } from './testing/simulated-cluster.ts'
export { type TopicBatch, type TopicRange, TopicReader } from './testing/topic-reader.ts'
export { VirtualClock } from './testing/virtual-clock.ts'
export type { ConnectWeather, TransferWeather, Weather } from './testing/weather.ts'
