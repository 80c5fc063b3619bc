// The common set-up of the SASL scenarios: a secured cluster in virtual time, and its users.

import type { ProducerRecord } from 'to-kafka'
import { type KafkaVersion, type MockListeners, VirtualClock } from 'to-kafka/testing'
import { expect, onTestFinished } from 'vitest'
import { VirtualStage } from './virtual-stage.ts'

export const plainLogin = {
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.username': 'me',
  'sasl.password': 'secret',
} as const

export const scramLogin = { ...plainLogin, 'sasl.mechanism': 'SCRAM-SHA-256' } as const

interface StageSettings {
  readonly brokers?: number
  readonly version?: KafkaVersion
  /** The time between two checks of the clock. */
  readonly creepMs?: number
}

/** A cluster that accepts `me` with `secret`. The test fails if a client breaks the protocol. */
export function saslStage(
  listeners: MockListeners = {},
  { brokers = 1, version = '4.4', creepMs = 0 }: StageSettings = {},
): VirtualStage {
  const options = {
    version,
    brokers,
    topics: { t: { partitions: brokers } },
    listeners: { security: 'SASL_PLAINTEXT', users: { me: 'secret' }, ...listeners } as const,
  }
  const stage = new VirtualStage(options, new VirtualClock({ creepMs }))
  onTestFinished(() => expect(stage.cluster.violations).toEqual([]))
  return stage
}

/** Records with these values, for the partitions in turn. */
export function valued(values: readonly (string | number)[], partitions = 1): ProducerRecord[] {
  return values.map((value, index) => ({
    topic: 't',
    value: Buffer.from(`${value}`),
    partition: index % partitions,
  }))
}

/** The contents of a log, as text. */
export function texts(stage: VirtualStage): string[] {
  return stage.cluster.records('t').map(({ valueText }) => valueText ?? '')
}
