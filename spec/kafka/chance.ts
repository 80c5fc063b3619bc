// Random numbers that a seed repeats, for runs of faults.

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const drawn = [...list]
  for (let left = drawn.length - 1; left > 0; left--) {
    const other = Math.floor(random() * (left + 1))
    ;[drawn[left], drawn[other]] = [drawn[other] as T, drawn[left] as T]
  }
  return drawn
}

/** Numbers from 0 (inclusive) to 1 (exclusive) by Mulberry32: small, and the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
