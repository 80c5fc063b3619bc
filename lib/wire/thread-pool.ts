import { nodeZlib } from '../bytes/zlib.ts'
import { Fifo } from '../collections/fifo.ts'
import type { Compressor } from '../runtime.ts'

// Compresses on libuv's threads, which all producers of a process share.
//
// Invariant: at most `atOnce` batches are being compressed; the others wait, in order. Each takes a quarter
// of a megabyte outside of buffer.memory, and one of libuv's four threads stays free for DNS lookups.

/**
 * Measured with gzip of JSON on Node 20: passing a batch to a thread and back costs the main thread 0.1 to
 * 0.15 ms, whatever the size. Compressing 8 KiB there costs the same, 16 KiB 0.3, 32 KiB 0.5 to 1.2, 128
 * KiB 3 to 6 ms.
 */
const bytesMin = 32 * 1024

const atOnce = 3

type Work = (done: () => void) => void
type Finished = (error: Error | null, stream: Buffer) => void

/** What newer versions of Node add to node:zlib; the types here are those of Node 20. */
interface Zstd {
  zstdCompress(bytes: Uint8Array, options: ZstdOptions, done: Finished): void
}

interface ZstdOptions {
  readonly params: Params
  /** The content size. A stream writes it only if it is told; a synchronous call does by itself. */
  readonly pledgedSrcSize: number
}

type Params = Readonly<Record<number, number>>

/** `ZSTD_c_compressionLevel` of zstd's API. */
const zstdLevel = 100

const waiting = new Fifo<Work>()
let running = 0

export const threadPool: Compressor = {
  bytesMin,
  compress(codec, bytes, level, done) {
    waiting.push((next) => {
      const finished: Finished = (error, stream) => {
        next()
        done(error === null ? stream : null)
      }
      const zlib = nodeZlib()
      if (codec === 'gzip') zlib.gzip(bytes, level === undefined ? {} : { level }, finished)
      else {
        const params: Params = level === undefined ? {} : { [zstdLevel]: level }
        ;(zlib as object as Zstd).zstdCompress(
          bytes,
          { params, pledgedSrcSize: bytes.length },
          finished,
        )
      }
    })
    start()
  },
}

function start(): void {
  while (running < atOnce) {
    const work = waiting.shift()
    if (work === undefined) return
    running += 1
    work(() => {
      running -= 1
      start()
    })
  }
}
