// Node's timers and its monotonic clock, taken when the package is loaded. Not the globals, because test
// environments replace them: jsdom has no setImmediate, and timers that are numbers; fake timers stand still
// until somebody advances them, while sockets go on. Used by everything that waits in real time.

const timers = process.getBuiltinModule('node:timers')

/** An object, so that a spec can replace them. */
export const nodeTimers = {
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
  setImmediate: timers.setImmediate,
}

// Costs no more than the global, which loads the same module.
export const { performance } = process.getBuiltinModule('node:perf_hooks')
