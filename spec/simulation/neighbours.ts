import type { StreamHistory } from './history.ts'
import type { Journey } from './journeys.ts'
import { acknowledged, largest, type Property } from './oracle.ts'
import { isAstray, type RecordPlan } from './scenario.ts'

// How streams of one producer may affect one another: records without a partition, sources that can wait,
// and memory that is not enough for all. Rules like those of oracle.ts.

export const neighbourProperties: Readonly<Record<string, Property>> = {
  *'a record without a place fails'({ journeys, streams }) {
    const acked = new Set(acknowledged(streams).map(({ id }) => id))
    for (const { id, plan } of journeys) {
      if (isAstray(plan) && acked.has(id)) yield `${id} is acknowledged`
    }
  },

  *'a paced source ignores the waiting records of others'({ streams, journeys }, scenario) {
    const { config, faults, tape, close, brokenForever } = scenario
    const isCalm = faults.length === 0 && tape.length === 0 && close === null && !brokenForever
    if (!isCalm || config.bufferMemory < 1_000_000 || config.batchSize < 16_384) return
    for (const stream of streams) {
      if (!isFreePuller(stream)) continue
      const times = journeys.filter((one) => one.stream === stream).map(({ givenAt }) => givenAt)
      const took = Math.max(...times) - Math.min(...times)
      if (took > 1000) yield `${stream.name} took ${took} ms`
    }
  },

  *'a paced source is not asked for records without room'({ journeys }, { config }) {
    const { bufferMemory, batchSize } = config
    const room = Math.max(1024, Math.min(bufferMemory / 4, Math.max(batchSize, 65_536)))
    for (const { id, stream, plan, isTopicKnown, error } of journeys) {
      // With metadata that is too old after a pause, the same code says that too many records wait for it.
      const { code, message = '' } = (error ?? {}) as { code?: string; message?: string }
      const isExhausted = code === 'BUFFER_EXHAUSTED' && !message.includes('wait for metadata')
      if (!isExhausted || stream.isWritable || !stream.isPaced) continue
      if (!isFreePuller(stream) || !isTopicKnown || 2 * largest(plan) > room) continue
      yield `${id}, of ${plan.bytes} bytes`
    }
  },

  *'waiting records get memory before later ones'({ journeys }) {
    const shared = journeys.filter(({ stream }) => stream.isShared)
    const late = shared.filter(({ beganBatch, enteredAt }) => beganBatch && enteredAt !== null)
    for (const early of shared) {
      if (!waitsForMemoryOnly(early, shared)) continue
      for (const { id, stream, enteredAt, sentAt, partition } of late) {
        if (stream === early.stream || enteredAt! < early.enteredAt!) continue
        const isFirst =
          early.sentAt === null
            ? sentAt! < early.toldAt!
            : partition === early.partition && sentAt! < early.sentAt
        if (isFirst) yield `${id} began a batch while ${early.id} waited`
      }
    }
  },
}

/** A paced source that waits only for the producer, not for its own records. */
export function isFreePuller({ plan, isPaced, isWritable, isShared }: StreamHistory): boolean {
  if (!isPaced || isWritable || !isShared || plan.maxOutstanding !== undefined) return false
  return plan.records.every(isAtOnce)
}

/** It has its place and its bytes as soon as its topic is known. */
function isAtOnce(plan: RecordPlan): boolean {
  return plan.topic === undefined && plan.serializeMs === 0 && !isAstray(plan)
}

/**
 * Whether it had its place when it entered, and nothing of its stream waited before it: if it was in no
 * batch at once, it waited for memory, and found it or was refused when its time was up.
 */
function waitsForMemoryOnly(early: Journey, all: readonly Journey[]): boolean {
  const { stream, plan, enteredAt, error, sentAt, isTopicKnown } = early
  if (enteredAt === null || !isTopicKnown || isAstray(plan)) return false
  const { code, limitMs } = (error ?? {}) as { code?: string; limitMs?: number }
  if (sentAt === null && (code !== 'BUFFER_EXHAUSTED' || limitMs === undefined)) return false
  const isSend = stream.plan.kind === 'send'
  const mates = all.filter((one) =>
    isSend ? one.stream.plan.kind === 'send' : one.stream === stream,
  )
  return mates.every(
    (mate) =>
      mate.plan.serializeMs === 0 &&
      (mate === early ||
        mate.enteredAt === null ||
        mate.enteredAt > enteredAt ||
        Math.min(mate.sentAt ?? Infinity, mate.toldAt ?? Infinity) < enteredAt),
  )
}
