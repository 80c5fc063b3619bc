// The processes of an exactly-once run: each worker is an example that is started, killed, stopped,
// and started again if it ended by itself, which is reported.

import { setTimeout as pause } from 'node:timers/promises'
import { ExampleProcess } from './example-process.ts'

const restartMs = 500

export interface Watcher {
  /** A worker has ended by itself. */
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
  /** All processes one after the other: lines of killed ones may still arrive. */
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

  /** Whether it runs, or is about to run again. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** How many messages it has reported as committed. */
  get committed(): number {
    return this.#processes.reduce((sum, { lines }) => sum + lines.length, 0)
  }

  /** Its last error output. */
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

  /** SIGKILL: nothing is saved or announced. */
  kill(): Promise<number | null> {
    return this.#end('SIGKILL')
  }

  /** SIGTERM: it leaves its group in order; returns its exit code. */
  leave(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#isWanted = false
    const ending = this.#process
    if (ending === null) return 0
    this.#process = null
    const code = await ending.end(signal)
    // Null: it did not listen to that signal yet.
    const isWell = code === 0 || code === null
    if (signal === 'SIGTERM' && !isWell) this.#watcher.died(this.name, ending.complaint)
    return code
  }
}
