// Virtual time for specs that hold promises: between its steps they get their turn.

import type { VirtualClock } from 'to-kafka/testing'

/** Lets so many virtual milliseconds pass. */
export async function passTime(clock: VirtualClock, ms: number): Promise<void> {
  const until = clock.now() + ms
  for (;;) {
    for (let turn = 0; turn < 10; turn += 1) await null
    if (!clock.step(until)) break
  }
  clock.runUntil(until)
}
