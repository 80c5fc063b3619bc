import type { History, Landed, StreamHistory } from './history.ts'
import { isPassing, isSerene, type Scenario } from './scenario.ts'

// What has to hold of every run, each rule in the modes where it holds. The rules that only show
// while a run is under way (wire order, bounds) are checked by world.ts and arrive as violations.

/** Each rule by its name; gives what breaks it. */
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

  *'an acknowledged record is in the log'({ streams, log }, { config }) {
    if (config.acks === '0') return
    const landed = new Set(log.map(({ id }) => id))
    for (const { id, results } of inputsOf(streams)) {
      if (results[0]?.kind === 'acknowledged' && !landed.has(id)) yield `${id} is in no log`
    }
  },

  *"a record of persisted 'no' is in no log"({ streams, log }) {
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
    // With acks=0 nobody knows what a connection that ended has still delivered, or when.
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

  *'faults that heal do not fail records'({ streams }, scenario) {
    if (!isPatient(scenario)) return
    for (const { id, results } of inputsOf(streams)) {
      const [result] = results
      if (result?.kind === 'failed') yield `${id} failed with ${result.code}`
    }
  },
}

/** Nothing in the scenario justifies a failure: time and room enough, and only faults that pass. */
export function isPatient(scenario: Scenario): boolean {
  const { config, faults, close, brokenForever, streams } = scenario
  const isLasting = faults.some((fault) => fault.kind === 'reply' && !isPassing(fault))
  return (
    !brokenForever &&
    !isLasting &&
    close === null &&
    config.acks !== '0' &&
    config.retries > 100 &&
    config.deliveryTimeoutMs >= 60000 &&
    config.maxBlockMs >= 60000 &&
    (config.bufferMemory > 1_000_000 || isSerene(scenario)) &&
    config.maxMessageBytes > 1_000_000 &&
    config.maxRequestSize > 1000 &&
    streams.every(({ end }) => end !== 'discard')
  )
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
