// A Java server of the ring: started, killed, paused and started again, under a guard, with its
// output in a file of its folder. kafka-node.ts runs a broker or controller with it, zookeeper.ts a
// ZooKeeper.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessGuard } from './process-guard.ts'

const stopLimitMs = 15_000
const logCharsShown = 4_000

const jvm = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1', // starts faster, and two cores serve all of them
  '-Xshare:auto',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

/** The port was taken between choosing and binding it: start again with others. */
export class PortTaken extends Error {}

export class ServerProcess {
  readonly #name: string
  readonly #folder: string
  readonly #guard: ProcessGuard
  #process: ChildProcess | null = null
  #paused = false

  /** `name` is for errors; the folder has to exist by the time the server starts. */
  constructor(name: string, folder: string, guard: ProcessGuard) {
    this.#name = name
    this.#folder = folder
    this.#guard = guard
  }

  get running(): boolean {
    return this.#process !== null && !this.#paused
  }

  /** Its output: warnings and errors only. */
  log(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  lastOfLog(): string {
    return this.log().slice(-logCharsShown)
  }

  async start(classpath: string, heapMb: number, args: readonly string[]): Promise<void> {
    if (this.#process !== null) throw new Error(`${this.#name} runs already`)
    const env = { ...process.env, CLASSPATH: classpath }
    const log = openSync(this.#logFile, 'a')
    const heap = [`-Xmx${heapMb}m`, `-Xms${Math.min(heapMb, 128)}m`]
    const child = spawn('java', [...jvm, ...heap, ...args], { env, stdio: ['ignore', log, log] })
    closeSync(log)
    await once(child, 'spawn')
    const pid = child.pid as number
    this.#process = child
    this.#guard.add(pid)
    child.once('exit', () => {
      this.#guard.remove(pid)
      if (this.#process === child) this.#process = null
    })
  }

  /** Throws if it has ended, with the end of its output. */
  throwIfEnded(): void {
    if (this.#process !== null) return
    const last = this.lastOfLog()
    if (/Address already in use|failed to bind/i.test(last)) throw new PortTaken(last)
    throw new Error(`${this.#name} ended: ${last}`)
  }

  /** SIGSTOP: its connections stay open and nothing answers. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
    this.#paused = this.#process !== null
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
    this.#paused = false
  }

  /** Resolves when it has ended: SIGTERM is followed by SIGKILL if it is not enough. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (child === null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await exited
    clearTimeout(late)
    this.#paused = false
  }

  get #logFile(): string {
    return join(this.#folder, 'log')
  }
}
