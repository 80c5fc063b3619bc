import type { History, Landed, StreamHistory } from './history.ts'
import type { Journey } from './journeys.ts'
import { placeOf } from './placement.ts'
import {
  isAstray,
  isBrownout,
  isPassing,
  isSerene,
  type RecordPlan,
  type Scenario,
} from './scenario.ts'

// What must hold for every run: each rule, in the modes in which it holds. Rules that only show during a
// run (wire order, bounds) are checked by world.ts and arrive as violations.

/** Each rule by its name; returns what breaks it. */
export type Property = (history: History, scenario: Scenario) => Iterable<string>

export const properties: Readonly<Record<string, Property>> = {
  *'exactly one result per input'({ streams }) {
    for (const stream of streams) {
      for (const { id, results } of stream.inputs) {
        const abandoned = stream.end === 'unsubscribed'
        if (results.length > 1) yield `${id} has ${results.length} results`
        if (results.length === 0 && !abandoned) yield `${id} has no result`
      }
    }
  },

  *'every stream ends'({ streams }) {
    for (const { name, end } of streams) if (end === null) yield `${name} has not ended`
  },

  *'nothing after the end'({ streams }) {
    for (const { late } of streams) for (const id of late) yield `${id} after the end of its stream`
  },

  *'an acknowledged record is at its offset'({ streams, log }) {
    const at = new Map(log.map(({ id, partition, offset }) => [`${partition}@${offset}`, id]))
    for (const { id, results } of inputsOf(streams)) {
      const [result] = results
      if (result?.kind !== 'acknowledged' || result.offset < 0) continue
      const found = at.get(`${result.partition}@${result.offset}`)
      if (found !== id)
        yield `${id} is said to be at ${result.partition}@${result.offset}, where ${found} is`
    }
  },

  *'an acknowledged record has the time in the log'({ streams, log }) {
    const times = new Map(
      log.map(({ partition, offset, timestamp }) => [`${partition}@${offset}`, timestamp]),
    )
    for (const { id, results } of inputsOf(streams)) {
      const [result] = results
      if (result?.kind !== 'acknowledged' || result.offset < 0) continue
      const time = times.get(`${result.partition}@${result.offset}`)
      if (time !== result.timestamp)
        yield `${id} is said to be of ${result.timestamp}, it is of ${time}`
    }
  },

  *'an acknowledged record is in the log'({ streams, log }, { config }) {
    if (config.acks === '0') return
    const landed = new Set(log.map(({ id }) => id))
    for (const { id, results } of inputsOf(streams)) {
      if (results[0]?.kind === 'acknowledged' && !landed.has(id)) yield `${id} is in no log`
    }
  },

  *"a record with persisted 'no' is not in the log"({ streams, log }) {
    const landed = new Set(log.map(({ id }) => id))
    for (const { id, results } of inputsOf(streams)) {
      const [result] = results
      if (result?.kind === 'failed' && result.persisted === 'no' && landed.has(id)) {
        yield `${id} failed with ${result.code} and is in the log`
      }
    }
  },

  *'idempotent: nothing is in the log twice'({ log }, { config }) {
    if (!config.idempotent) return
    const seen = new Set<string>()
    for (const { id } of log) {
      if (seen.has(id)) yield `${id} is in the log twice`
      seen.add(id)
    }
  },

  *'the log keeps input order'({ streams, log }, { config }) {
    // With acks=0, it is unknown what a connection that ended has still delivered, or when.
    const ordered = config.idempotent || (config.maxInFlight === 1 && config.acks !== '0')
    if (!ordered) return
    const acknowledged = new Set<string>()
    for (const { id, results } of inputsOf(streams)) {
      if (results[0]?.kind === 'acknowledged') acknowledged.add(id)
    }
    const counts = config.idempotent ? () => true : (id: string) => acknowledged.has(id)
    for (const [partition, ids] of firstOccurrences(log)) {
      yield* outOfOrder(`partition ${partition}`, ids.filter(counts))
    }
  },

  *'results keep input order within a partition'({ streams }) {
    for (const { name, acknowledged } of streams) {
      for (const [partition, ids] of acknowledged) {
        yield* outOfOrder(`results of ${name} for partition ${partition}`, ids)
      }
    }
  },

  *'results are emitted in input order'({ streams }) {
    for (const { name, plan, left } of streams) {
      if (plan.maxOutstanding !== undefined) yield* outOfOrder(`results of ${name}`, left)
    }
  },

  *'a key decides the partition of its record'({ streams, log, journeys }, { config, partitions }) {
    const places = new Map(
      journeys.map(({ id, plan }) => [id, placeOf(plan, config, partitions)] as const),
    )
    for (const { id, partition } of [...log, ...acknowledged(streams)]) {
      const place = places.get(id) ?? null
      if (place !== null && place !== partition) yield `${id} is in ${partition}, not in ${place}`
    }
  },

  *'round robin uses the partitions in turn'({ streams, log }, scenario) {
    if (!isSerene(scenario) || !isPatient(scenario)) return
    if (scenario.config.partitioner !== 'roundRobin') return
    if (streams.some(({ plan }) => plan.records.some(({ partition }) => partition !== null))) return
    if (streams.some(({ end }) => end === 'unsubscribed')) return
    // Each owner has a partitioner of its own.
    const [stream] = streams
    if (streams.length > 1 && streams.some(({ isShared }) => !isShared)) return
    const counts = Array.from({ length: scenario.partitions }, (_, index) =>
      log.reduce((sum, { partition }) => sum + (partition === index ? 1 : 0), 0),
    )
    if (streams.some(({ plan }) => plan.records.some(({ topic }) => topic !== undefined))) return
    if (Math.max(...counts) - Math.min(...counts) > 1)
      yield `${stream?.name} and others: ${counts.join()}`
  },

  *'records without a key share a partition until a batch is full'(
    { streams, journeys },
    scenario,
  ) {
    const { config, partitions } = scenario
    const [stream] = streams
    if (streams.length !== 1 || stream === undefined || config.compression !== 'none') return
    if (stream.inputs.some(({ results }) => results[0]?.kind !== 'acknowledged')) return
    if (config.partitioner === 'roundRobin') return
    if (stream.plan.records.some(({ topic }) => topic !== undefined)) return
    let bytes = 0
    let last: number | null = null
    for (const { id, plan, partition } of inOrder(journeys)) {
      if (placeOf(plan, config, partitions) !== null || partition === null) continue
      if (last !== null && partition !== last) {
        if (bytes < config.batchSize) yield `${id} went to ${partition}, ${last} had ${bytes} bytes`
        bytes = 0
      }
      last = partition
      bytes += largest(plan)
    }
  },

  *'a broker that takes nothing is avoided'({ journeys }, scenario) {
    const window = isBrownout(scenario) ? slowWindow(journeys, scenario) : null
    if (window === null) return
    for (const { id, plan, givenAt, partition } of journeys) {
      const isFree = plan.partition === null && givenAt > window.from && givenAt < window.to
      if (isFree && partition === window.partition) yield `${id}, given at ${givenAt}`
    }
  },

  *'a partition on which batches wait gets fewer records'({ journeys }, scenario) {
    const { config, partitions, faults } = scenario
    const [pause] = faults
    if (!isBrownout(scenario) || pause?.kind !== 'pause' || config.availabilityTimeoutMs !== 0)
      return
    const { at, ms, broker } = pause
    const free = journeys.filter(
      ({ plan, givenAt }) => plan.partition === null && givenAt > at && givenAt < at + ms,
    )
    const there = free.filter(({ partition }) => partition === broker - 1).length
    // Of an even choice it would be one in so many; of what is in flight nothing shows.
    const even = free.length / partitions
    if (there > config.maxInFlight + 0.75 * even && free.length >= 24)
      yield `${there} of ${free.length} went to ${broker - 1}`
  },

  *'interceptors are told of every record once'({ journeys }) {
    for (const { id, told, stream, enteredAt } of journeys) {
      // What a writable has not handed on when it fails has never come in.
      const isIn = !stream.isWritable || enteredAt !== null || told > 0
      if (isIn && told !== 1) yield `${told} times of ${id}`
    }
  },

  *'an unheard failure is an event'({ journeys, undelivered }) {
    for (const { id, stream, error, told, isOut, isDropped } of journeys) {
      if (!stream.isShared || told === 0) continue
      const isUnheard = stream.isWritable
        ? stream.end !== null && error !== stream.error
        : stream.end === 'unsubscribed' && !isOut
      const isFailure = error !== null && !isDropped
      const isEvent = undelivered.has(error)
      if (isEvent !== (isUnheard && isFailure))
        yield `${id} ${isEvent ? 'is one' : 'is none'}: ${String(error)}`
    }
  },

  *'temporary faults do not fail records'({ streams, journeys }, scenario) {
    if (!isPatient(scenario)) return
    const gone = new Set(
      journeys.filter(({ plan }) => isAstray(plan)).flatMap(({ id, stream }) => [id, stream]),
    )
    const others = streams.filter((stream) => !gone.has(stream) || !endsByFailure(stream))
    for (const { id, results } of inputsOf(others)) {
      const [result] = results
      if (gone.has(id)) continue
      // What waited when a writable was aborted.
      const isDropped = result?.kind === 'failed' && result.code === 'DISCARDED'
      if (result?.kind === 'failed' && !isDropped) yield `${id} failed with ${result.code}`
    }
  },
}

/** Nothing in the scenario justifies a failure: there is time and room enough, and only faults that pass. */
export function isPatient(scenario: Scenario): boolean {
  const { config, faults, close, brokenForever, streams } = scenario
  const isLasting = faults.some((fault) => fault.kind === 'reply' && !isPassing(fault))
  return (
    !brokenForever &&
    !isLasting &&
    close === null &&
    config.retries > 100 &&
    config.deliveryTimeoutMs >= 60000 &&
    config.maxBlockMs >= 60000 &&
    config.maxWaiting === undefined &&
    (config.bufferMemory > 1_000_000 || isSerene(scenario)) &&
    config.maxMessageBytes > 1_000_000 &&
    config.maxRequestSize > 1000 &&
    streams.every(({ records }) => records.every((one) => largest(one) < config.bufferMemory)) &&
    streams.every(({ end }) => end !== 'discard')
  )
}

/** When the paused broker counts as slow, and which partition it leads; null where it never does. */
export function slowWindow(journeys: readonly Journey[], scenario: Scenario) {
  const [pause] = scenario.faults
  if (pause?.kind !== 'pause') return null
  const { at, ms, broker } = pause
  const partition = broker - 1
  const timeoutMs = scenario.config.availabilityTimeoutMs ?? 0
  if (timeoutMs === 0) return null
  const allowedMs = timeoutMs + 5
  const waiting = journeys.find(
    ({ partition: where, givenAt, sentAt }) =>
      where === partition && givenAt > at && (sentAt ?? at + ms) > givenAt + allowedMs,
  )
  return waiting ? { partition, from: waiting.givenAt + allowedMs, to: at + ms } : null
}

/** One failure ends it, and its outstanding records fail with it. */
function endsByFailure({ plan: { kind } }: StreamHistory): boolean {
  return kind === 'fail' || kind === 'pacedFail' || kind === 'owned' || kind === 'writable'
}

/** More than the record and what is around it can take. */
export function largest({ bytes, key }: RecordPlan): number {
  return bytes + 8 + Buffer.byteLength(key ?? '') + 25 + 61
}

export function acknowledged(streams: readonly StreamHistory[]) {
  return inputsOf(streams).flatMap(({ id, results: [result] }) =>
    result?.kind === 'acknowledged' ? [{ id, partition: result.partition }] : [],
  )
}

/** Of one stream: as it was given. */
function inOrder(journeys: readonly Journey[]): readonly Journey[] {
  const numberOf = ({ id }: Journey) => Number(id.split(':')[1])
  return [...journeys].sort((one, other) => numberOf(one) - numberOf(other))
}

function inputsOf(streams: readonly StreamHistory[]) {
  return streams.flatMap(({ inputs }) => inputs)
}

function firstOccurrences(log: readonly Landed[]): Map<number, string[]> {
  const byPartition = new Map<number, string[]>()
  const seen = new Set<string>()
  for (const { id, partition } of log) {
    if (seen.has(id)) continue
    seen.add(id)
    const ids = byPartition.get(partition) ?? []
    ids.push(id)
    byPartition.set(partition, ids)
  }
  return byPartition
}

/** Ids are `stream:number`; within a stream the numbers have to ascend. */
function* outOfOrder(where: string, ids: readonly string[]): Iterable<string> {
  const last = new Map<string, number>()
  for (const id of ids) {
    const [stream, number] = id.split(':') as [string, string]
    const previous = last.get(stream) ?? -1
    if (Number(number) < previous) yield `${where}: ${id} comes after ${stream}:${previous}`
    last.set(stream, Number(number))
  }
}
