// What a producer reports from now on: with its events, and on the channels of
// `node:diagnostics_channel`, which belong to the process and are therefore unsubscribed when the
// test ends.

import diagnostics from 'node:diagnostics_channel'
import type { DiagnosticsMessages, KafkaProducer, ProducerEvent } from 'to-kafka'
import { onTestFinished } from 'vitest'

type Of<Type> = Extract<ProducerEvent, { readonly type: Type }>

/** Its events of these kinds. */
export function eventsOf<Type extends ProducerEvent['type']>(
  producer: KafkaProducer,
  ...types: readonly Type[]
): Of<Type>[] {
  const events: Of<Type>[] = []
  producer.events$.subscribe((event) => {
    if (types.includes(event.type as Type)) events.push(event as Of<Type>)
  })
  return events
}

/** What is published on a channel. */
export function published<Name extends keyof DiagnosticsMessages>(name: Name) {
  const messages: DiagnosticsMessages[Name][] = []
  const hear = (message: unknown) => messages.push(message as DiagnosticsMessages[Name])
  diagnostics.subscribe(name, hear)
  onTestFinished(() => {
    diagnostics.unsubscribe(name, hear)
  })
  return messages
}
