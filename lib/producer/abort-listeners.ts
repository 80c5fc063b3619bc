// One listener per signal, however many records or calls use it: Node warns of a leak if a signal has more
// than ten. Invariant: an unused signal has no listener of ours.

const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once when the signal is aborted, in the order of the calls; returns a function that
 * unregisters it.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = waiting.get(signal) ?? listenersOf(signal)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || waiting.get(signal) !== listeners) return
    waiting.delete(signal)
    signal.removeEventListener('abort', aborted)
  }
}

function listenersOf(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  waiting.set(signal, listeners)
  signal.addEventListener('abort', aborted, { once: true })
  return listeners
}

function aborted(this: AbortSignal): void {
  const listeners = waiting.get(this) ?? []
  waiting.delete(this)
  for (const listener of listeners) listener()
}
