import { onAbort } from './abort-listeners.ts'
import type { Closing } from './closing.ts'
import type { Engine } from './engine.ts'
import { neverAsked } from './readiness.ts'

// What an AbortSignal may cut short, besides single records (sends.ts). No signal has a listener longer
// than necessary.

/** A promise of `ready()`. */
export function readyFor(
  engine: Engine,
  topics: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw neverAsked(signal.reason)
    let isOver = false
    let over = () => {
      isOver = true
    }
    const giveUp = engine.ready(topics, {
      resolve() {
        over()
        resolve()
      },
      reject(error) {
        over()
        reject(error)
      },
    })
    if (signal === undefined || isOver) return
    const abort = () => giveUp(signal.reason)
    over = onAbort(signal, abort)
    if (signal.aborted) abort()
  })
}

/** A promise of `close()`: when the signal is aborted, the remaining time is 0. */
export function closeBy(
  closing: Closing,
  signal: AbortSignal | undefined,
  timeout: number | undefined,
): Promise<void> {
  const ended = closing.begin(timeout) // tears sources down, which may abort the signal
  if (signal === undefined) return ended
  if (signal.aborted) return closing.begin(0)
  return ended.finally(onAbort(signal, () => void closing.begin(0)))
}
