// Bytes to lines: with any chunks and any encoding, ended by LF, CRLF or the end of input. A line has exactly the
// bytes of the input, so nothing is lost by decoding.

import { concatMap, defer, EMPTY, endWith, type OperatorFunction } from 'rxjs'

const lf = 0x0a
const cr = 0x0d

/** Represents the end of input, after which an unfinished line is a line too. */
const endOfInput = Symbol('end of input')

/** Splits chunks into lines. Holds back at most one unfinished line. */
export function lines(lineBytesMax: number): OperatorFunction<Uint8Array, Buffer> {
  return (chunks$) =>
    defer(() => {
      const splitter = new LineSplitter(lineBytesMax)
      return chunks$.pipe(
        endWith(endOfInput),
        concatMap((chunk) => (isBytes(chunk) ? splitter.push(chunk) : splitter.end())),
      )
    })
}

class LineSplitter {
  readonly #lineBytesMax: number
  #unfinished: Buffer[] = []
  #unfinishedBytes = 0
  #count = 0

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  push(chunk: Uint8Array): Buffer[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const found: Buffer[] = []
    let begin = 0
    for (let end = bytes.indexOf(lf); end >= 0; end = bytes.indexOf(lf, begin)) {
      found.push(this.#finish(bytes.subarray(begin, end)))
      begin = end + 1
    }
    if (begin < bytes.length) this.#keep(bytes.subarray(begin))
    return found
  }

  end(): Iterable<Buffer> | typeof EMPTY {
    return this.#unfinishedBytes === 0 ? EMPTY : [this.#finish(Buffer.alloc(0))]
  }

  #finish(rest: Buffer): Buffer {
    this.#count += 1
    const line = this.#unfinishedBytes === 0 ? rest : Buffer.concat([...this.#unfinished, rest])
    this.#unfinished = []
    this.#unfinishedBytes = 0
    return line.at(-1) === cr ? line.subarray(0, -1) : line
  }

  #keep(rest: Buffer): void {
    this.#unfinished.push(rest)
    this.#unfinishedBytes += rest.length
    if (this.#unfinishedBytes <= this.#lineBytesMax) return
    throw new Error(`line ${this.#count + 1} is longer than ${this.#lineBytesMax} bytes`)
  }
}

function isBytes(chunk: Uint8Array | typeof endOfInput): chunk is Uint8Array {
  return chunk !== endOfInput
}
