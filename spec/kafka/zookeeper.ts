// A ZooKeeper for the brokers of a release that needs one, from the same jars: on loopback, alone,
// with its data in the guard's folder. It keeps running when the broker restarts.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listens, until } from './broker-probe.ts'
import type { ProcessGuard } from './process-guard.ts'
import { ServerProcess } from './server-process.ts'

const startLimitMs = 30_000
const heapMb = 128

export class ZooKeeper {
  readonly port: number
  readonly #folder: string
  readonly #process: ServerProcess

  constructor(port: number, guard: ProcessGuard) {
    this.port = port
    this.#folder = join(guard.folder, 'zookeeper')
    this.#process = new ServerProcess('ZooKeeper', this.#folder, guard)
  }

  /**
   * Starts it; {@link ready} says when it serves. A broker that starts meanwhile waits for that.
   */
  async start(classpath: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const file = join(this.#folder, 'zoo.cfg')
    await writeFile(file, propertiesOf(this.port, join(this.#folder, 'data')))
    const main = 'org.apache.zookeeper.server.ZooKeeperServerMain'
    await this.#process.start(classpath, heapMb, [main, file])
  }

  async ready(): Promise<void> {
    const served = () => {
      this.#process.throwIfEnded()
      return listens(this.port)
    }
    await until(served, startLimitMs, () => `no ZooKeeper: ${this.#process.lastOfLog()}`)
  }

  /** Ends it at once, because its data are not needed any more. */
  async kill(): Promise<void> {
    await this.#process.end('SIGKILL')
  }
}

function propertiesOf(port: number, dataDir: string): string {
  const properties = {
    dataDir,
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    tickTime: 1000,
    'admin.enableServer': false, // otherwise it would listen on every address
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
