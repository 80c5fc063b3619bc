// What a target of the fuzzer is, and how it reports a finding.

import type { Dice } from './dice.ts'

export interface Target {
  readonly name: string
  /** One case. Throws a Finding if a property does not hold. */
  run(dice: Dice): void | Promise<void>
  /** Checks what the cases so far have left behind, and releases it. */
  settle?(): void
  /** The number of different outcomes of its cases. */
  readonly outcomes: number
}

/** Something that must not happen, with the input that caused it. */
export class Finding extends Error {
  constructor(what: string, input: Uint8Array | string, cause?: unknown) {
    const shown = typeof input === 'string' ? input : Buffer.from(input).toString('hex')
    super(`${what}\ninput: ${shown.slice(0, 20_000)}`, { cause })
    if (cause instanceof Error) this.stack = `${this.message}\n${cause.stack}`
  }
}

let counted = 0

/**
 * The bytes that `work` requests from Node for buffers. They are counted where they are requested,
 * so the bound on them is exact. What zlib takes is bounded by the length of its output.
 */
export function buffersOf(work: () => void): number {
  const before = counted
  for (const name of allocators) Buffer[name] = counting(originals[name])
  try {
    work()
  } finally {
    for (const name of allocators) Buffer[name] = originals[name]
  }
  return counted - before
}

const allocators = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const
const originals = {
  alloc: Buffer.alloc,
  allocUnsafe: Buffer.allocUnsafe,
  allocUnsafeSlow: Buffer.allocUnsafeSlow,
}

function counting<F extends (size: number) => Buffer<ArrayBuffer>>(original: F): F {
  return ((size: number) => {
    counted += size
    return original(size)
  }) as F
}
