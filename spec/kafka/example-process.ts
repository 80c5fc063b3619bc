// An example as its own process, which can be killed. It is bundled from this package's sources,
// because nothing else builds while a ring with a real Kafka runs.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { lineSplitter } from './java-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Bundles an example, with another module in place of this package if one is named; returns the
 * file to run.
 */
export function bundleExample(name: string, toKafka?: string): Promise<string> {
  return bundleProgram(`examples/${name}.ts`, toKafka)
}

/** The same for any program, by its path. */
export async function bundleProgram(path: string, toKafka = 'lib/index.ts'): Promise<string> {
  const bundle = await rolldown({
    input: root + path,
    // Not an alias, because the paths of tsconfig.json would take precedence.
    plugins: [
      { name: 'to-kafka', resolveId: (id) => (id === 'to-kafka' ? root + toKafka : undefined) },
    ],
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && id !== 'to-kafka',
    platform: 'node',
    logLevel: 'silent',
  })
  const file = `${root}build/kafka-examples/${basename(path, '.ts')}.js`
  await bundle.write({ file, codeSplitting: false })
  await bundle.close()
  return file
}

const complaintCharsMax = 10_000

export class ExampleProcess {
  /** What it has printed. */
  readonly lines: string[] = []
  /** Its last error output. */
  complaint = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #onLine = () => {}

  constructor(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env } })
    this.#ended = once(this.#child, 'close')
    this.#child.stdout!.on(
      'data',
      lineSplitter((line) => {
        this.lines.push(line)
        this.#onLine()
      }),
    )
    this.#child.stderr!.on('data', (text: Buffer) => {
      this.complaint = (this.complaint + text).slice(-complaintCharsMax)
    })
  }

  /** Resolves once it has printed something. */
  async printed(): Promise<void> {
    if (this.lines.length > 0) return
    const printed = new Promise<void>((resolve) => {
      this.#onLine = resolve
    })
    const ended = this.#ended.then(() => {
      throw new Error(`it has ended: ${this.complaint}`)
    })
    await Promise.race([printed, ended])
  }

  /** Resumes it, if it has stopped itself. */
  wake(): void {
    this.#child.kill('SIGCONT')
  }

  /** Resolves with its exit code once it has ended by itself; null if a signal ended it. */
  async ended(): Promise<number | null> {
    await this.#ended
    return this.#child.exitCode
  }

  /** Sends a signal, and returns the exit code. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.#child.kill(signal)
    await this.#ended
    return this.#child.exitCode
  }
}
