// Options and result of an exactly-once chaos run. The options are environment variables:
//   CHAOS_LIBRARY   whose consumer: kafkajs (default), platformatic, or confluent if it is
//                   installed
//   CHAOS_SEED      default 1: what happens in which order, and how many messages lie between
//   CHAOS_EVERY     messages between two of these, on average: default 2500
//   CHAOS_MESSAGES  default 100000
//   CHAOS_MUTANT    1: with a fault (once-mutant.ts), which the check has to find

import { confluentIsHere, type Library } from './once-libraries.ts'

export interface OnceOptions {
  readonly library: Library
  readonly seed: number
  readonly every: number
  readonly messages: number
  readonly mutant: boolean
}

export function onceOptions(): OnceOptions {
  const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)
  const library = process.env['CHAOS_LIBRARY'] ?? 'kafkajs'
  if (library !== 'kafkajs' && library !== 'platformatic' && library !== 'confluent') {
    throw new Error(`CHAOS_LIBRARY is ${library}; it is kafkajs, platformatic or confluent`)
  }
  if (library === 'confluent' && !confluentIsHere()) {
    throw new Error(
      'CHAOS_LIBRARY is confluent, which is not installed: see npm run test:confluent',
    )
  }
  return {
    library,
    seed: number('CHAOS_SEED', 1),
    every: number('CHAOS_EVERY', 2_500),
    messages: number('CHAOS_MESSAGES', 100_000),
    mutant: process.env['CHAOS_MUTANT'] === '1',
  }
}

/** The events of the run, and the violations. */
export interface OnceReport {
  readonly kills: number
  readonly joins: number
  readonly brokersKilled: number
  /**
   * How often everything stood still and outputs and offsets were compared, including at the end.
   */
  readonly checks: number
  /** The errors of workers that ended by themselves. */
  readonly deaths: readonly string[]
  readonly outputs: number
  readonly wrong: readonly string[]
}
