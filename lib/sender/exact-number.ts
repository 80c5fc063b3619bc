// Offsets and timestamps are int64 on the wire, and numbers for our users.

/** An int64 as a number; null if a number cannot represent it exactly. */
export function exactNumber(value: bigint): number | null {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : null
}
