import { codecs } from '../../lib/records/compression.ts'
import type { Compressor } from '../../lib/runtime.ts'

// Compressing threads under the control of a spec: no job is done until the spec says so. The input
// is copied at once and compared when the job is done: it must not have been changed in between.

interface Work {
  readonly bytes: Uint8Array
  readonly before: Buffer
  finish(stream: Uint8Array | null): void
  make(): Uint8Array
}

export class HeldCompressor implements Compressor {
  readonly bytesMin: number
  #work: Work[] = []

  constructor(bytesMin = 1) {
    this.bytesMin = bytesMin
  }

  /** The batches in progress. */
  get length(): number {
    return this.#work.length
  }

  compress(...[codec, bytes, level, done]: Parameters<Compressor['compress']>): void {
    const before = Buffer.from(bytes)
    const make = () => codecs[codec].compress(before, level)
    this.#work.push({ bytes, before, make, finish: done })
  }

  /** Ends the job at this position among those in progress. */
  finish(index = 0): void {
    const { finish, make } = this.#take(index)
    finish(make())
  }

  /** Fails the compression. */
  fail(index = 0): void {
    this.#take(index).finish(null)
  }

  #take(index: number): Work {
    const [work] = this.#work.splice(index, 1)
    if (work === undefined) throw new Error('nothing is under way')
    if (!work.before.equals(work.bytes)) throw new Error('the bytes changed while they were read')
    return work
  }
}
