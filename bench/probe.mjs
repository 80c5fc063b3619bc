// How long the main thread is kept without a break, and how much processor time all threads take, while `work` runs.
// A timer of one millisecond reads how much time the thread has used since the last reading. On Linux that is the
// thread's own processor time, so other work on the machine adds nothing; elsewhere it is elapsed time.

import { readFileSync } from 'node:fs'

const ownMs = threadMs() === null ? () => performance.now() : threadMs

export async function probed(work) {
  let longest = 0
  let last = ownMs()
  const look = () => {
    const now = ownMs()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  const begun = process.cpuUsage()
  try {
    await work()
    look()
  } finally {
    clearInterval(timer)
  }
  const { user, system } = process.cpuUsage(begun)
  return { longestMs: longest, cpuMs: (user + system) / 1000 }
}

function threadMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
  } catch {
    return null
  }
}
