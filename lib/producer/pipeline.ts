import type { Observable } from 'rxjs'
import type { Accumulator } from '../accumulator/accumulator.ts'
import { stretchMax } from '../accumulator/fill.ts'
import { Memory } from '../accumulator/memory.ts'
import { exponential } from '../cluster/backoff.ts'
import type { Turn } from '../collections/turn.ts'
import type { CompressionSettings, Settings } from '../config/settings.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Envelope, Interceptor, Receipt } from '../model.ts'
import type { Watched } from '../observer.ts'
import { codecs } from '../records/compression.ts'
import type { Runtime } from '../runtime.ts'
import type { Dispatch } from '../sender/dispatch.ts'
import type { Sender } from '../sender/sender.ts'
import type { Transactions } from '../sender/transactions.ts'
import { passThrough } from '../serialization/pass-through.ts'
import { accumulate } from '../stages/accumulate.ts'
import { Holdings } from '../stages/holding.ts'
import { intercept } from '../stages/intercept.ts'
import { each, unchanged } from '../stages/operator.ts'
import { partition, type TopicDirectory } from '../stages/partition.ts'
import { send } from '../stages/send.ts'
import { serialize } from '../stages/serialize.ts'
import type { Cuts } from './cut.ts'
import type { Inflow } from './inflow.ts'
import type { SentHeaders } from './sent-headers.ts'
import type { Topics } from './topics.ts'

// The stages as one hot pipeline: a record's journey, in reading order. It exists once it is subscribed.
// `opened` returns the actors inside two of the stages, for everything other than records: flush, metadata
// changes, the state of the buffers.

export interface PipelineParts {
  readonly settings: Settings
  readonly runtime: Runtime
  readonly turn: Turn
  /** Returns the flush that a waiting record holds. Absent: there are no flushes. */
  readonly cuts?: Cuts
  readonly topics: TopicDirectory
  /** The same, if records without a key go more often to partitions with few waiting batches. */
  readonly adaptive?: Topics | null
  readonly dispatch: Dispatch
  /** Whether more records are about to come. Absent: never. */
  readonly inflow?: Inflow
  /** The maximum number of one feed's records that wait for one reason. */
  readonly maxWaiting: number
  /** The observer of batches and waiting records, if there is one. */
  readonly watched?: Watched
  readonly fatal: (error: KafkaError) => void
  /** All records belong to these transactions. Absent: to none. */
  readonly transactions?: Transactions
  readonly interceptorFailed: (error: unknown, interceptor: Interceptor) => void
  /** Keeps headers for interceptors that get results. Absent: there are none. */
  readonly sentHeaders?: SentHeaders | null
}

/** The accessible parts of a running pipeline. */
export interface Actors {
  readonly memory: Memory
  readonly holdings: Holdings
  accumulator: Accumulator
  /** Records that wait for memory. */
  room: { readonly length: number }
  sender: Sender
}

export function pipeline(
  input: Observable<Envelope>,
  parts: PipelineParts,
): { readonly receipts: Observable<Receipt>; readonly actors: Actors } {
  const { settings, runtime, turn, topics, adaptive, dispatch, maxWaiting, watched, fatal } = parts
  const { clock, random } = runtime
  const { sentHeaders = null } = parts
  const { batchSize, maxBlockMs, maxRequestSize } = settings
  const holdings = new Holdings(parts.cuts, hasUserCode(settings) ? runtime.context : null)
  const codec = codecs[settings.compression.type]
  const largest = codec.id === 0 ? batchSize : stretchMax * batchSize
  const memory = new Memory({ limit: settings.bufferMemory, batchSize, largest })
  const actors = { memory, holdings } as Actors
  const waiting = { clock, turn, holdings, watched, maxBlockMs, maxWaiting }

  const receipts = input.pipe(
    intercept({ interceptors: settings.interceptors, report: parts.interceptorFailed }),
    serialize({
      ...waiting,
      key: settings.keySerializer,
      value: settings.valueSerializer,
    }),
    sentHeaders === null ? unchanged : keeping(sentHeaders),
    partition({
      ...waiting,
      topics,
      partitioner: settings.partitioner,
      ignoreKeys: settings.partitionerIgnoreKeys,
    }),
    accumulate({
      ...waiting,
      memory,
      batchSize,
      maxRequestSize,
      codec,
      compressor: runtime.compressor ?? null,
      compressionLevel: levelOf(settings.compression),
      lingerMs: settings.lingerMs,
      deliveryTimeoutMs: settings.deliveryTimeoutMs,
      ...(adaptive && {
        waiting: (place, change) => adaptive.waiting(place, change),
      }),
      opened: (accumulator, room) => {
        actors.accumulator = accumulator
        actors.room = room
      },
    }),
    send({
      settings: senderSettings(settings),
      dispatch,
      clock,
      random,
      turn,
      holdings,
      watched,
      fatal,
      transactions: parts.transactions,
      burst: () => (actors.accumulator.awaitedBatches > 0 ? null : (parts.inflow?.burst ?? null)),
      opened: (sender) => {
        actors.sender = sender
        adaptive?.avoid(() => sender.slowNodes)
      },
    }),
  )
  return { receipts, actors }
}

/** Whether user code sees records on their way into a batch. */
function hasUserCode(settings: Settings): boolean {
  const { interceptors, partitioner, keySerializer, valueSerializer } = settings
  const passes = keySerializer === passThrough && valueSerializer === passThrough
  return interceptors.length > 0 || partitioner !== null || !passes
}

/** The level of the codec in use; undefined for codecs without levels. */
function levelOf({ type, gzipLevel, zstdLevel }: CompressionSettings): number | undefined {
  if (type === 'gzip') return gzipLevel
  return type === 'zstd' ? zstdLevel : undefined
}

function senderSettings(settings: Settings) {
  const { acks, retries, maxInFlight, maxRequestSize, requestTimeoutMs, deliveryTimeoutMs } =
    settings
  const backoff = exponential({
    initialMs: settings.retryBackoffMs,
    maxMs: settings.retryBackoffMaxMs,
  })
  return {
    acks,
    retries,
    maxInFlight,
    maxRequestSize,
    requestTimeoutMs,
    deliveryTimeoutMs,
    availabilityTimeoutMs: settings.partitionerAvailabilityTimeoutMs,
    backoff,
    idempotent: settings.enableIdempotence,
    transactional: settings.transactionalId !== null,
  }
}

function keeping(headers: SentHeaders) {
  return each<Envelope, Envelope>((envelope, emit) => {
    headers.keep(envelope)
    emit(envelope)
  })
}
