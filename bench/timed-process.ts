// Runs a program to its end and returns its processor time, including all threads and the start. It asks a POSIX
// shell that waits for the program, because /proc has no figures of processes that have ended.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** The last line of `times` has the time of the shell's children. */
const script = '"$@" || exit; times'

export interface Timed {
  /** Its standard output. */
  readonly printed: string
  /** User and system time. */
  readonly cpuSeconds: number
}

export async function timed(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Timed> {
  const { stdout } = await run('sh', ['-c', script, 'sh', command, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  })
  const lines = stdout.trimEnd().split('\n')
  const times = [...(lines.pop() ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  const cpuSeconds = times.reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0)
  lines.pop()
  return { printed: lines.join('\n'), cpuSeconds }
}
