// Virtual time for specs with promises: between its steps, promises run.

import type { VirtualClock } from 'to-kafka/testing'

/** Lets this number of virtual milliseconds pass. */
export async function passTime(clock: VirtualClock, ms: number): Promise<void> {
  const until = clock.now() + ms
  for (;;) {
    for (let turn = 0; turn < 10; turn += 1) await null
    if (!clock.step(until)) break
  }
  clock.runUntil(until)
}
