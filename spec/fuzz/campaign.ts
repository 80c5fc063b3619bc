// Runs a number of cases of a seed, divided between the targets by the cost of a case.

import { Dice } from './dice.ts'
import type { Target } from './target.ts'
import { Brokers } from './targets/brokers.ts'
import { Clients } from './targets/clients.ts'
import { Messages } from './targets/messages.ts'
import { Readers } from './targets/readers.ts'
import { Streams } from './targets/streams.ts'

/** Of a thousand cases, by the targets' names. */
const shares: Readonly<Record<string, readonly [make: () => Target, share: number]>> = {
  messages: [() => new Messages(), 879],
  streams: [() => new Streams(), 50],
  brokers: [() => new Brokers(), 67],
  clients: [() => new Clients(), 3],
  readers: [() => new Readers(), 1],
}

export interface Figures {
  readonly target: string
  readonly cases: number
  readonly outcomes: number
  readonly perSecond: number
}

/**
 * Runs the target `only`, or all without it. Throws at the first finding, which names the seed and
 * the case, and for an unknown target.
 */
export async function campaign(
  seed: number,
  cases: number,
  only = process.env['FUZZ_ONLY'],
): Promise<Figures[]> {
  if (only !== undefined) made(only)
  const figures: Figures[] = []
  for (const [name, [, share]] of Object.entries(shares)) {
    if (only !== undefined && only !== name) continue
    const target = made(name)
    const count = Math.ceil((cases * share) / 1000)
    const begin = process.cpuUsage()
    await runTarget(target, seed, count)
    const { user, system } = process.cpuUsage(begin)
    const perSecond = Math.round((count * 1e6) / (user + system))
    figures.push({ target: target.name, cases: count, outcomes: target.outcomes, perSecond })
  }
  return figures
}

/**
 * Runs one case again, for a target whose cases do not depend on earlier ones, because it has no
 * pool.
 */
export async function replay(name: string, seed: number, number: number): Promise<void> {
  const target = made(name)
  await runCase(target, seed, number)
  target.settle?.()
}

function made(name: string): Target {
  const [make] = shares[name] ?? []
  if (make !== undefined) return make()
  throw new RangeError(`no target is called '${name}': there are ${Object.keys(shares).join(', ')}`)
}

async function runTarget(target: Target, seed: number, cases: number): Promise<void> {
  // Most cases end with errors, whose stacks would be half of their cost.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    for (let number = 0; number < cases; number += 1) await runCase(target, seed, number)
    target.settle?.()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

async function runCase(target: Target, seed: number, number: number): Promise<void> {
  try {
    const done = target.run(new Dice(seed, number))
    if (done !== undefined) await done
  } catch (error) {
    throw new Error(`seed ${seed}, ${target.name} case ${number}`, { cause: error })
  }
}
