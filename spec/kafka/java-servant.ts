// A program of java/ that runs commands in one JVM for as long as a spec needs it: each command is
// a line of JSON, and so is its answer. An exception there is thrown here.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { lineSplitter, spawnJava } from './java-program.ts'

export type Command = { readonly do: string } & Readonly<Record<string, unknown>>
type Answer = { readonly ok: unknown } | { readonly error: string }

export class JavaServant {
  readonly #mainClass: string
  readonly #process: ChildProcess
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = []
  #complaint = ''

  private constructor(mainClass: string, process: ChildProcess) {
    this.#mainClass = mainClass
    this.#process = process
    process.stdout?.on(
      'data',
      lineSplitter((line) => this.#answered(line)),
    )
    process.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk).slice(-4_000)
    })
    process.stdin?.on('error', () => {})
    process.on('exit', () => this.#ended())
  }

  static async start(mainClass: string, bootstrapServers: string): Promise<JavaServant> {
    const process = await spawnJava(mainClass, [bootstrapServers], ['-Xmx128m'])
    return new JavaServant(mainClass, process)
  }

  /** The answer to a command. */
  ask(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#process.stdin?.write(`${JSON.stringify(command)}\n`)
    })
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.stdin?.end()
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(late)
  }

  #answered(line: string): void {
    const waiting = this.#waiting.shift()
    const answer = JSON.parse(line) as Answer
    if ('error' in answer) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer.ok)
  }

  #ended(): void {
    const error = new Error(`${this.#mainClass} ended:\n${this.#complaint}`)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
