// Varints as Kafka writes them: seven bits per byte, lowest first; the top bit says that more follow.
// Signed ones are zigzag (0, -1, 1, -2, …), so small negatives stay short. Computes sizes and writes at an
// offset, for the record encoder's hot path: no object, no bigint. The caller has made room. Reader reads
// them.

/** The bytes of an unsigned varint, 0 ≤ n < 2^32: one for each seven bits, without a branch. */
export function sizeOfUvarint(n: number): number {
  // Dividing by seven is multiplying by 9/64, precisely enough for 32 bits.
  return ((31 - Math.clz32(n | 1)) * 9 + 73) >>> 6
}

/** The bytes of a zigzag varint; n is an int32. */
export function sizeOfVarint(n: number): number {
  return sizeOfUvarint((n << 1) ^ (n >> 31))
}

/** The bytes of a zigzag varint of 64 bits; n is an integer with |n| ≤ 2^53. */
export function sizeOfVarlong(n: number): number {
  if ((n | 0) === n) return sizeOfVarint(n)
  let rest = Math.floor((n < 0 ? -(n + 1) : n) / 64)
  let size = 2
  for (; rest >= 0x80; size++) rest = Math.floor(rest / 128)
  return size
}

/** Writes an unsigned varint, 0 ≤ n < 2^32, and returns the offset after it. */
export function writeUvarint(bytes: Uint8Array, offset: number, n: number): number {
  let rest = n >>> 0
  let at = offset
  for (; rest > 0x7f; at += 1) {
    bytes[at] = rest | 0x80 // the array keeps the lowest eight bits
    rest >>>= 7
  }
  bytes[at] = rest
  return at + 1
}

/** Writes an int32 as a zigzag varint and returns the offset after it. */
export function writeVarint(bytes: Uint8Array, offset: number, n: number): number {
  return writeUvarint(bytes, offset, (n << 1) ^ (n >> 31))
}

/** Writes an integer with |n| ≤ 2^53 as a zigzag varint and returns the offset after it. */
export function writeVarlong(bytes: Uint8Array, offset: number, n: number): number {
  if ((n | 0) === n) return writeVarint(bytes, offset, n)
  // Doubling would leave the exact numbers, so the sign is put into the first byte separately, with six
  // bits of n (or of -n - 1). Beyond int32, at least one more byte follows.
  const negative = n < 0
  const magnitude = negative ? -(n + 1) : n
  let at = offset
  bytes[at++] = ((magnitude % 64) << 1) | (negative ? 1 : 0) | 0x80
  let rest = Math.floor(magnitude / 64)
  while (rest > 0x7f) {
    bytes[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  bytes[at++] = rest
  return at
}
