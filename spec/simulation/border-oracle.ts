import type { BorderHistory, BorderOutcome, Taken } from './border-history.ts'

// Checks that misbehaving user code affects only its own record or stream.

type Property = (outcome: BorderOutcome) => Iterable<string>

export const borderProperties: Readonly<Record<string, Property>> = {
  *'every stream ends'({ streams }) {
    for (const { name, end } of streams) if (end === null) yield `${name} has not ended`
  },

  *'interceptors are told of every record once'({ streams }) {
    for (const { id, told, stream, isFirst } of all(streams)) {
      // toKafkaEach gives no more records of an item when its stream has ended in the middle of it.
      if (told.length === 0 && !isFirst && stream.end !== 'completed') continue
      if (told.length !== 1) yield `${told.length} times of ${id}`
    }
  },

  *'every record has one result'({ streams }) {
    for (const stream of streams) {
      for (const { id, said, told } of stream.taken.filter(({ told }) => told.length > 0)) {
        if (said.length > 1) yield `${id} has ${said.length}`
        // toKafkaEach emits no item behind that of a failed record.
        const isBehind = stream.kind === 'each' && stream.end === 'failed' && told[0] === null
        if (said.length === 0 && stream.end !== 'left' && !isBehind) yield `${id} has none`
        if (said.length > 0 && said[0]!.error !== told[0]) yield `${id} has another than was told`
      }
    }
  },

  *'what user code does costs its own record alone'({ streams, isCutShort }) {
    for (const one of all(streams)) {
      const code = codeOf(one.told[0])
      const allowed = excusesOf(one, isCutShort)
      if (one.harmed === null) {
        if (code !== null && !allowed.has(code)) yield `${one.id} failed with ${code}`
      } else if (code === null) yield `${one.id} has not failed`
      else if (!one.harmed.includes(code) && !allowed.has(code))
        yield `${one.id} failed with ${code}, not ${one.harmed.join(' or ')}`
    }
  },

  *'a stream ends by its own fault only'({ streams, isCutShort }) {
    for (const stream of streams) {
      const { name, end, error, projectThrew } = stream
      if (end !== 'failed' || isCutShort) continue
      if (projectThrew !== null && error === projectThrew.what) continue
      const culprit = stream.taken.find(({ told }) => told[0] === error)
      const code = codeOf(error)
      if (culprit === undefined && code !== 'CLOSED') yield `${name} failed with ${String(code)}`
    }
  },

  *'acknowledged records are in the log once, as they are'({ streams, log }) {
    const places = new Map(log.map((one) => [`${one.partition}@${one.offset}`, one]))
    for (const { id, said, told, text, headers, plan } of all(streams)) {
      const copies = log.filter((one) => one.text.startsWith(`${id};`))
      const isAcknowledged = told.length > 0 && told[0] === null
      const persisted = (told[0] as { persisted?: string } | null | undefined)?.persisted
      if (isAcknowledged && copies.length !== 1) yield `${id} is there ${copies.length} times`
      if (!isAcknowledged && persisted === 'no' && copies.length > 0)
        yield `${id} failed, and is there`
      for (const copy of copies) {
        if (copy.text !== text) yield `${id} is there as ${copy.text}`
        if (copy.key !== (plan.hasKey ? `key of ${id}` : null))
          yield `the key of ${id} is ${copy.key}`
        if (copy.headers !== headers) yield `the headers of ${id} are ${copy.headers}`
      }
      if (said[0]?.error !== null || said[0] === undefined) continue
      const there = places.get(`${said[0].partition}@${said[0].offset}`)
      if (said[0].offset >= 0 && there?.text !== text)
        yield `${id} is said to be at ${said[0].partition}@${said[0].offset}`
    }
  },

  *'the log keeps input order'({ streams, log }) {
    const serials = new Map(all(streams).map(({ id, serial, stream }) => [id, { serial, stream }]))
    const newest = new Map<string, number>()
    for (const { partition, text } of log) {
      const one = serials.get(text.split(';')[0]!)
      if (one === undefined) {
        yield `${text} is nobody's`
        continue
      }
      const line = `${one.stream.name} in ${partition}`
      if (one.serial < (newest.get(line) ?? -1)) yield `${text.split(';')[0]} is late`
      newest.set(line, one.serial)
    }
  },
}

/** The codes with which a record may fail although its own code behaves. */
function excusesOf({ stream, mayFail, isLate }: Taken, isCutShort: boolean): Set<string> {
  const excuses = new Set(mayFail)
  // A record behind a promise that never settles has no time left to wait for its topic.
  if (stream.isHeldUp) excuses.add('METADATA_TIMEOUT')
  if (isLate || isCutShort) excuses.add('CLOSED')
  if (stream.end === 'left' || isCutShort) excuses.add('DISCARDED')
  const hasCulprit = stream.taken.some(({ told }) => {
    const code = codeOf(told[0])
    return code !== null && code !== 'SIBLING_FAILED' && code !== 'DISCARDED'
  })
  if (stream.isFailing && hasCulprit) excuses.add('SIBLING_FAILED')
  return excuses
}

function codeOf(error: unknown): string | null {
  if (error === null || error === undefined) return null
  return (error as { code?: string }).code ?? 'no code'
}

function all(streams: readonly BorderHistory[]): readonly Taken[] {
  return streams.flatMap(({ taken }) => taken)
}
