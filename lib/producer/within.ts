import type { AsyncContext, Clock, Runtime, Transport } from '../runtime.ts'

// A runtime whose timers and sockets belong to one async context, whichever code had them made. Otherwise
// the record that opens a connection would lend it the context of its caller: everything that comes from
// that socket later would run there, and the caller's stores would live as long as the socket. Made by the
// producer, from the runtime that it is given.

/** `runtime`, with sockets and timers made in `context`; unchanged if there is none. */
export function within(runtime: Runtime, context: AsyncContext | null): Runtime {
  if (context === null) return runtime
  return {
    ...runtime,
    clock: clockWithin(runtime.clock, context),
    transport: transportWithin(runtime.transport, context),
  }
}

function clockWithin(clock: Clock, context: AsyncContext): Clock {
  return {
    now: () => clock.now(),
    timestamp: () => clock.timestamp(),
    at: (at, fire, background) =>
      context.runInAsyncScope(() => clock.at(at, fire, background), undefined, null),
    soon: (fire) => clock.soon(fire),
    shouldYield: () => clock.shouldYield?.() ?? false,
  }
}

function transportWithin(transport: Transport, context: AsyncContext): Transport {
  return {
    connect: (...how) => context.runInAsyncScope(() => transport.connect(...how), undefined, null),
  }
}
