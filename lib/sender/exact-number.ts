// Offsets and timestamps are int64 on the wire and numbers to our users.

/** The number that an int64 is; null where a number would only be near it. */
export function exactNumber(value: bigint): number | null {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : null
}
