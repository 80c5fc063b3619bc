/**
 * The stages of a producer as operators, which can be used and tested separately, with their input and output
 * types. They may change in any version: they are not covered by semver.
 *
 * @module to-kafka/stages
 */

export type { Batch, BatchState } from './accumulator/batch.ts'
export { Memory, type MemoryOptions } from './accumulator/memory.ts'
export type { Lease } from './accumulator/partition-queue.ts'
export type { Roll } from './accumulator/roll.ts'
export { type Phase, type Step, Turn } from './collections/turn.ts'
export type { CutToken, Envelope, Feed, Receipt, Stickiness } from './model.ts'
export type {
  BatchFacts,
  Observer,
  TransactionFacts,
  TransactionStep,
  Watched,
} from './observer.ts'
export type { Stamp } from './records/batch-seal.ts'
export { type Codec, type Compression, codecs, type Decompress } from './records/compression.ts'
export type { AsyncContext } from './runtime.ts'
export type {
  Answer,
  Busy,
  Dispatch,
  InitProducerIdResponse,
  ProduceBody,
  ProduceResponse,
} from './sender/dispatch.ts'
export type { SenderSettings } from './sender/sender.ts'
export {
  type Accumulated,
  type AccumulateOptions,
  accumulate,
  type ExpiredBatch,
} from './stages/accumulate.ts'
export { RecordEnvelope } from './stages/envelope.ts'
export { type Holding, Holdings } from './stages/holding.ts'
export { type InterceptOptions, intercept } from './stages/intercept.ts'
export {
  type PartitionOptions,
  partition,
  type TopicDirectory,
  type TopicPlace,
  type TopicRefusal,
} from './stages/partition.ts'
export { type SendOptions, send } from './stages/send.ts'
export { type SerializeOptions, serialize } from './stages/serialize.ts'
