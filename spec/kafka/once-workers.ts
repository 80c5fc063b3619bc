// The processes of an exactly-once run: each worker is an example, started, killed, stopped, and started again
// where it ended by itself, which is told.

import { setTimeout as pause } from 'node:timers/promises'
import { ExampleProcess } from './example-process.ts'

const restartMs = 500

export interface Watcher {
  /** A worker has ended that nobody had ended. */
  died(name: string, complaint: string): void
}

export class OnceWorker {
  readonly name: string
  readonly #file: string
  readonly #args: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  readonly #watcher: Watcher
  #process: ExampleProcess | null = null
  #isWanted = false
  /** All that ran one after the other: of those that were killed lines may still come. */
  readonly #processes: ExampleProcess[] = []

  constructor(
    name: string,
    run: { file: string; args: readonly string[]; env: Readonly<Record<string, string>> },
    watcher: Watcher,
  ) {
    this.name = name
    this.#file = run.file
    this.#args = run.args
    this.#env = run.env
    this.#watcher = watcher
  }

  /** Whether it runs, or is about to again. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** How many messages it has said to be committed. */
  get committed(): number {
    return this.#processes.reduce((sum, { lines }) => sum + lines.length, 0)
  }

  /** What it has said of errors, lastly. */
  get complaint(): string {
    return this.#process?.complaint ?? ''
  }

  start(): void {
    this.#isWanted = true
    const started = new ExampleProcess(this.#file, this.#args, this.#env)
    this.#process = started
    this.#processes.push(started)
    void started.ended().then(async () => {
      if (this.#process !== started) return
      this.#watcher.died(this.name, started.complaint)
      this.#process = null
      await pause(restartMs)
      if (this.#isWanted && this.#process === null) this.start()
    })
  }

  /** SIGKILL: nothing is saved, and nobody is told. */
  kill(): Promise<number | null> {
    return this.#end('SIGKILL')
  }

  /** SIGTERM: it leaves its group in order; gives its exit code. */
  leave(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#isWanted = false
    const ending = this.#process
    if (ending === null) return 0
    this.#process = null
    const code = await ending.end(signal)
    // Null: it had not come to listen to that signal.
    const isWell = code === 0 || code === null
    if (signal === 'SIGTERM' && !isWell) this.#watcher.died(this.name, ending.complaint)
    return code
  }
}
