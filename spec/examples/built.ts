// The examples as programs: built into their own folder, in which nothing else builds, and run as
// child processes. The folder is a package like this one, so that they find their imports.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { bundle } from '../../bundle.mjs'
import { type Outcome, root } from './program.ts'

const folder = join(root, 'build/programs')

/** Types are checked by `npm run check`. */
export async function buildPrograms(): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await Promise.all([bundle(join(folder, 'dist')), compile('tsconfig.examples.json', 'examples')])
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'))
}

/** Starts an example, which ends with the test. */
export function startProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } {
  const program = join(folder, 'examples', `${name}.js`)
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const said = Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { child, outcome: said.then(([code, stdout, stderr]) => ({ code, stdout, stderr })) }
}

async function compile(project: string, to: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', project, '--noCheck', '--outDir', join(folder, to)]
  await promisify(execFile)(process.execPath, args, { cwd: root })
}
