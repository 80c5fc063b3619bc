// An example as a process of its own, which can be killed: bundled with this package's sources, for nobody
// else builds where a ring of a real Kafka runs.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { lineSplitter } from './java-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Bundles an example; gives the file to run. */
export async function bundleExample(name: string): Promise<string> {
  const bundle = await rolldown({
    input: `${root}examples/${name}.ts`,
    resolve: { alias: { 'to-kafka': `${root}lib/index.ts` } },
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && id !== 'to-kafka',
    platform: 'node',
    logLevel: 'silent',
  })
  const file = `${root}build/kafka-examples/${name}.js`
  await bundle.write({ file, codeSplitting: false })
  await bundle.close()
  return file
}

export class ExampleProcess {
  readonly lines: string[] = []
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
      this.complaint += text
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

  /** Resolves with its exit code once it has ended by itself; null: by a signal. */
  async ended(): Promise<number | null> {
    await this.#ended
    return this.#child.exitCode
  }

  /** Sends a signal, and gives the code of its end. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.#child.kill(signal)
    await this.#ended
    return this.#child.exitCode
  }
}
