// The main example as a child process: as `npm start` has built it, with its input and its output.

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('../../build/examples/pipe-lines.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly outcome: Promise<Outcome>
}

/** Starts the main example as it was last built. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  return startCommand(process.execPath, [program, ...args], env)
}

/**
 * The same, for a measurement of its memory: on Linux, the peak of a forked process begins with the
 * memory of its parent (`findings/node-maxrss-begins-with-the-parents.sh`). A shell in between has
 * almost nothing.
 */
export function startApart(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const throughShell = ['-c', '"$0" "$@"; exit $?', process.execPath, program, ...args]
  return startCommand('sh', throughShell, env)
}

/** Runs it to its end, with `input` on its standard input. */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Outcome> {
  const { child, outcome } = start(args, env)
  child.stdin!.end(input)
  return outcome
}

/** Builds and runs it, as a newcomer does. */
export function npmStart(): Promise<Outcome> {
  const { child, outcome } = startCommand('npm', ['start'], {})
  child.stdin!.end()
  return outcome
}

function startCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  const child = spawn(command, args, { cwd: root, env: { ...cleanEnvironment(), ...env } })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  child.stdin.on('error', () => {}) // it may end before it has read everything
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...said }))
  })
  return { child, outcome }
}

/**
 * The environment without what the caller of the specs has set for the program, or npm for its
 * scripts.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(KAFKA_(BOOTSTRAP_SERVERS|TOPIC|KEYED)|npm_.*|INIT_CWD|NODE_OPTIONS)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}
