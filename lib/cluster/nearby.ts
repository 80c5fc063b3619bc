import type { Broker } from './told.ts'

/** The ids of the brokers in a rack, none for an empty rack; `before` if they are the same. */
export function nearby(
  brokers: ReadonlyMap<number, Broker>,
  rack: string,
  before: ReadonlySet<number>,
): ReadonlySet<number> {
  if (rack === '') return before
  const here = [...brokers.values()].filter((broker) => broker.rack === rack)
  const isSame = here.length === before.size && here.every(({ id }) => before.has(id))
  return isSame ? before : new Set(here.map(({ id }) => id))
}
