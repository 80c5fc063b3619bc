import type { Turn } from '../collections/turn.ts'
import type { Sender } from '../sender/sender.ts'
import { PartitionQuestions } from './partition-questions.ts'
import { Readiness } from './readiness.ts'
import type { EngineParts, Metadata, Overseer } from './wiring.ts'

// Connects the actors behind partitionsFor() and ready() with the others. Like wiring.ts it decides nothing.
// KafkaProducer hands it down to wiring.ts, which does not import it: toKafka(config) has no such calls, so
// its bundle does not need them.

export const asking = { questionsOf, readinessOf }

export type Asking = typeof asking

/** Calls of partitionsFor(), answered in the turn in which metadata arrives. */
function questionsOf(
  { settings, runtime: { clock } }: EngineParts,
  turn: Turn,
  { cluster, topics }: Pick<Metadata, 'cluster' | 'topics'>,
  { retain, release }: Overseer,
): PartitionQuestions {
  const { maxBlockMs } = settings
  const questions = new PartitionQuestions({ cluster, topics, clock, maxBlockMs, retain, release })
  turn.on('report', () => questions.serve())
  return questions
}

/** Callers that wait until records could be sent; checked in every turn. */
function readinessOf(
  { settings, runtime: { clock } }: EngineParts,
  turn: Turn,
  { cluster, topics }: Pick<Metadata, 'cluster' | 'topics'>,
  sender: Sender,
  { retain, release }: Overseer,
): Readiness {
  const { maxBlockMs } = settings
  const ports = { cluster, topics, sender, clock, maxBlockMs, retain, release }
  const readiness = new Readiness({ ...ports, wake: () => turn.soon() })
  turn.on('report', () => readiness.serve())
  return readiness
}
