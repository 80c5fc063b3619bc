// The npm consumers that have an example of exactly once, and those whose example can run here.
// Confluent's is native code and therefore not always installed (`npm run test:confluent`).

import { createRequire } from 'node:module'
import { brokerVersion, isBefore } from './kafka-release.ts'
import { aloud } from './kafka-ring.ts'

export type Library = 'kafkajs' | 'platformatic' | 'confluent'

/** Those that run here on the ring's brokers. Reports it if Confluent's is missing. */
export function librariesHere(): readonly Library[] {
  const here: Library[] = ['kafkajs']
  // It uses FindCoordinator v4, which exists since Kafka 3.0.
  if (brokerVersion === undefined || !isBefore(brokerVersion, '3.0')) here.push('platformatic')
  if (confluentIsHere()) here.push('confluent')
  else aloud("exactly once with Confluent's consumer is SKIPPED: run npm run test:confluent")
  return here
}

export function confluentIsHere(): boolean {
  try {
    createRequire(import.meta.url).resolve('@confluentinc/kafka-javascript')
    return true
  } catch {
    return false
  }
}

/** Whether an example has a transactional.id for each input partition, and not for each process. */
export function isPerPartition(library: Library): boolean {
  return library !== 'platformatic'
}
