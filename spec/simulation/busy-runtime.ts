import type { Runtime } from '../../lib/runtime.ts'
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import type { Library } from './library.ts'

/**
 * `runtime` on an event loop that does one thing in each iteration, and is kept by something else meanwhile: what
 * sockets bring, and timers that are due, wait in one queue. `takes` returns for how many milliseconds, given the
 * number of earlier iterations.
 */
export function busyRuntime(
  runtime: Runtime,
  { LoopBudget, Heard, clockWithin }: Library,
  takes: (count: number) => number,
): Runtime {
  const { clock, transport } = runtime
  let count = 0
  const budget = new LoopBudget(0, {
    now: () => 0,
    soon: (work) => {
      clock.at(clock.now() + takes(count), work)
      count += 1
    },
    context: () => ({ runInAsyncScope: (work, self, given) => work.call(self, given) }),
  })
  return {
    ...runtime,
    clock: clockWithin(budget, clock),
    transport: {
      connect(address, events, ...others) {
        const heard = new Heard(budget, events)
        return heard.droppedBy(transport.connect(address, heard, ...others))
      },
    },
  }
}

/** Lets virtual time pass, and after each event the promises that it has settled. */
export async function runUntil(clock: VirtualClock, time: number): Promise<void> {
  while (clock.step(time)) for (let count = 0; count < 10; count += 1) await null
}
