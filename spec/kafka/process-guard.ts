// Makes sure that no broker outlives the specs, however they end: a shell waits on a pipe that only
// this process holds. When the pipe breaks, the shell kills the processes in the last list and
// removes their folder. At a normal end, the owner releases the shell after it has cleaned up
// itself.

import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Each line is the whole list of process ids; the last one counts.
const script = `
  while read -r line; do pids=$line; done
  for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
  sleep 1
  rm -rf "$0"`

/** A temporary folder, and the processes that use it. */
export class ProcessGuard {
  readonly folder: string
  readonly #shell: ChildProcess
  readonly #pids = new Set<number>()
  readonly #onExit = () => this.#killNow()

  private constructor(folder: string) {
    this.folder = folder
    const stdio = ['pipe', 'ignore', 'ignore'] as const
    // Detached: Ctrl-C, which reaches the whole group, must not end it before its work is due.
    this.#shell = spawn('sh', ['-c', script, folder], { detached: true, stdio: [...stdio] })
    this.#shell.unref()
    this.#shell.stdin?.on('error', () => {})
    process.on('exit', this.#onExit)
  }

  static async open(prefix: string): Promise<ProcessGuard> {
    return new ProcessGuard(await mkdtemp(join(tmpdir(), prefix)))
  }

  /** From now on `pid` dies with this process. */
  add(pid: number): void {
    this.#pids.add(pid)
    this.#tell()
  }

  /** `pid` has ended: its number may soon be another's. */
  remove(pid: number): void {
    this.#pids.delete(pid)
    this.#tell()
  }

  /** To be called once all processes have ended: removes the folder and itself. */
  async release(): Promise<void> {
    process.off('exit', this.#onExit)
    this.#shell.kill('SIGKILL')
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #tell(): void {
    this.#shell.stdin?.write(`${[...this.#pids].join(' ')}\n`)
  }

  #killNow(): void {
    for (const pid of this.#pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // it was already gone
      }
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
