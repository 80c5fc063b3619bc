// Java's murmur2, which selects the partition of records with a key: 32-bit arithmetic that wraps, read
// little-endian. The same key bytes get the same partition in every Kafka client that follows Java. Called
// for each record with a key, so an ASCII string is hashed directly, without making bytes of it.

const seed = 0x9747b28c
const mix = 0x5bd1e995

/** The signed 32-bit murmur2 hash of `data`, as Java's `Utils.murmur2`. A string is its UTF-8. */
export function murmur2(data: string | Uint8Array): number {
  if (typeof data !== 'string') return hashBytes(data)
  let seen = 0
  for (let index = 0; index < data.length; index++) seen |= data.charCodeAt(index)
  return seen < 0x80 ? hashAscii(data) : hashBytes(Buffer.from(data, 'utf8'))
}

/**
 * The partition of a hash among `count`: the sign bit is cleared, as in Java, instead of taking the
 * absolute value.
 */
export function toPartition(hash: number, count: number): number {
  return (hash & 0x7fffffff) % count
}

function hashBytes(bytes: Uint8Array): number {
  const length = bytes.length
  const words = length & ~3
  let hash = seed ^ length
  for (let at = 0; at < words; at += 4) {
    const word =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    hash = Math.imul(hash, mix) ^ stir(word)
  }
  let tail = 0
  if (length - words === 3) tail = bytes[words + 2]! << 16
  if (length - words >= 2) tail |= bytes[words + 1]! << 8
  if (length > words) hash = Math.imul(hash ^ tail ^ bytes[words]!, mix)
  return finish(hash)
}

/** The same for a string of one-byte characters. */
function hashAscii(text: string): number {
  const length = text.length
  const words = length & ~3
  let hash = seed ^ length
  for (let at = 0; at < words; at += 4) {
    const word =
      text.charCodeAt(at) |
      (text.charCodeAt(at + 1) << 8) |
      (text.charCodeAt(at + 2) << 16) |
      (text.charCodeAt(at + 3) << 24)
    hash = Math.imul(hash, mix) ^ stir(word)
  }
  let tail = 0
  if (length - words === 3) tail = text.charCodeAt(words + 2) << 16
  if (length - words >= 2) tail |= text.charCodeAt(words + 1) << 8
  if (length > words) hash = Math.imul(hash ^ tail ^ text.charCodeAt(words), mix)
  return finish(hash)
}

function stir(word: number): number {
  const mixed = Math.imul(word, mix)
  return Math.imul(mixed ^ (mixed >>> 24), mix)
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 13), mix)
  return mixed ^ (mixed >>> 15)
}
