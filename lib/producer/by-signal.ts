import type { Closing } from './closing.ts'
import type { Engine } from './engine.ts'

// What may be cut short by an AbortSignal, beside single records (sends.ts). No signal is listened to
// longer than what it would cut short.

/** A promise of `ready()`. */
export function readyFor(
  engine: Engine,
  topics: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => {
      leave()
      reject(signal!.reason)
    }
    const over = () => signal?.removeEventListener('abort', abort)
    signal?.addEventListener('abort', abort, { once: true })
    const leave = engine.ready(topics, {
      resolve() {
        over()
        resolve()
      },
      reject(error) {
        over()
        reject(error)
      },
    })
  })
}

/** A promise of `close()`: once the signal is aborted there is no time left. */
export function closeBy(
  closing: Closing,
  signal: AbortSignal | undefined,
  timeout: number | undefined,
): Promise<void> {
  const ended = closing.begin(signal?.aborted ? 0 : timeout)
  if (signal === undefined || signal.aborted) return ended
  const cut = () => void closing.begin(0)
  signal.addEventListener('abort', cut, { once: true })
  return ended.finally(() => signal.removeEventListener('abort', cut))
}
