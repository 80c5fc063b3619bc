// to-kafka/stages: the stages of a producer as operators, each usable and tested alone. Outside semver.

export {
  type Accumulated,
  type AccumulateOptions,
  accumulate,
  type ExpiredBatch,
} from './stages/accumulate.ts'
export { type Holding, Holdings } from './stages/holding.ts'
export { type InterceptOptions, intercept } from './stages/intercept.ts'
export {
  type PartitionOptions,
  partition,
  type TopicDirectory,
  type TopicPlace,
} from './stages/partition.ts'
export { type SendOptions, send } from './stages/send.ts'
export { type SerializeOptions, serialize } from './stages/serialize.ts'
