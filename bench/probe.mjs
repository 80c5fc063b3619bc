// How long the main thread is kept without a break, and how much processor time all threads take, while `work` runs.
// A timer of one millisecond reads how much time the thread has used since the last reading. On Linux that is the
// thread's own processor time, so other work on the machine adds nothing; elsewhere it is elapsed time. The cost
// of the readings is taken off the processor time: a second of it is measured before, while nothing else happens.

import { openSync, readSync } from 'node:fs'

const ownMs = threadClock() ?? (() => performance.now())

export async function probed(work) {
  let longest = 0
  let last = ownMs()
  const look = () => {
    const now = ownMs()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  const idle = await spent(() => new Promise((resolve) => setTimeout(resolve, 1000)))
  longest = 0
  const { cpuMs, ms } = await spent(async () => {
    await work()
    look()
  }).finally(() => clearInterval(timer))
  // The less a process does, the more often it is asked.
  const idleMs = Math.max(0, ms - cpuMs)
  return { longestMs: longest, cpuMs: cpuMs - (idleMs * idle.cpuMs) / idle.ms }
}

/** How long `work` takes, and how much processor time. */
async function spent(work) {
  const begun = process.cpuUsage()
  const begunAt = performance.now()
  await work()
  const { user, system } = process.cpuUsage(begun)
  return { cpuMs: (user + system) / 1000, ms: performance.now() - begunAt }
}

/** The processor time of the main thread, in milliseconds; null where the system does not say. */
function threadClock() {
  let file
  try {
    file = openSync('/proc/thread-self/schedstat')
  } catch {
    return null
  }
  const text = Buffer.alloc(64)
  // Opened once: opening takes ten times as long as reading, and it is read every millisecond.
  return () => Number(text.latin1Slice(0, readSync(file, text, 0, 64, 0)).split(' ')[0]) / 1e6
}
