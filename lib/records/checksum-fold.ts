// Shortens the bytes of a long checksum by adding blocks to later ones, with the vector instructions of
// WebAssembly ("Chorba", Russell, arXiv:2412.16398, here for CRC-32C). A checksum is the remainder by a
// polynomial P. P divides T = x^79 + x^75 + x^71 + x^58 + x^18 + x^12 + x + 1, so it also divides T squared
// seven times, which is T with x^128 in place of x. So a block of 16 bytes may be taken away if it is added
// to the blocks 4, 8, 21, 61, 67, 78 and 79 places behind it. That is repeated until 79 blocks are left.
// Called by checksum.ts; with its tables alone, 16 KiB take three times as long.

/** The bytes of a block. */
const block = 16

/** A block is added to others at most so many bytes behind it; so many bytes and up to 15 are left over. */
const reach = 79 * block

/** The minimum and maximum number of bytes that can be folded at once. */
export const foldable = { least: 3_072, most: 65_536 }

/** checksum-fold.wat, assembled. */
export const assembled = [
  'AGFzbQEAAAABCAFgBH9/f38AAwIBAAUEAQECAgcRAgZtZW1vcnkCAARmb2xkAAAKgQEBfwADQCACIAD9AAQAIAFB',
  'wABr/QAEAP1RIAFBgAFr/QAEACABQdACa/0ABAD9Uf1RIAFB0Adr/QAEACABQbAIa/0ABAD9USABQeAJa/0ABAAg',
  'AUHwCWv9AAQA/VH9Uf1R/QsEACABQRBqIQEgAkEQaiECIABBEGoiACADSQ0ACws=',
].join('')

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Each block from `from` to `end`, plus seven before `folded`, goes to `to`; all three move on. */
  fold(from: number, folded: number, to: number, end: number): void
}

// TypeScript declares it for browsers only.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
}

// The memory: zeros, the blocks that are folded, zeros again, and the blocks that are left over.
const begin = reach
const rest = begin + foldable.most + reach

/** Folds one piece after another; its memory is its own. */
export class Folds {
  /** What is left over of a piece begins in here at `from`. */
  readonly bytes: Uint8Array
  readonly from = rest
  #fold: Exports['fold']

  /** @throws if there is no WebAssembly, no vector instructions, or no memory. */
  constructor() {
    const module = new WebAssembly.Module(Buffer.from(assembled, 'base64'))
    const { memory, fold } = new WebAssembly.Instance(module).exports as Exports
    this.bytes = new Uint8Array(memory.buffer)
    this.#fold = fold
  }

  /**
   * Folds `piece`, whose checksum continues from `state`. Returns how many bytes are left over; their
   * checksum, from a state of 0, is that of the piece.
   */
  fold(piece: Uint8Array, state: number): number {
    const { bytes } = this
    const folded = Math.floor((piece.length - reach) / block) * block
    const end = begin + folded
    bytes.set(piece.subarray(0, folded), begin)
    bytes.set(piece.subarray(folded), rest)
    for (let byte = 0; byte < 4; byte += 1) bytes[begin + byte]! ^= state >>> (8 * byte)
    this.#fold(begin, begin, begin, end)
    bytes.fill(0, end, end + reach)
    this.#fold(rest, end, rest, rest + reach)
    return piece.length - folded
  }
}
