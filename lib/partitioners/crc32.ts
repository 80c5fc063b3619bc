// CRC-32, by which librdkafka hashes keys. Our own code, because the package `crc-32` makes tables for long
// input when it is loaded, which each producer would wait for. librdkafka.ts is the only caller.

/** The polynomial, lowest bit first. */
const polynomial = 0xedb88320

/** [byte]: its contribution. Made by the first key. */
let table: Int32Array | null = null

/** The checksum of the bytes, as a uint32. */
export function crc32(bytes: Uint8Array): number {
  table ??= Int32Array.from({ length: 256 }, (_, byte) => ofByte(byte))
  let crc = -1
  for (let at = 0; at < bytes.length; at += 1) {
    crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 255]!
  }
  return ~crc >>> 0
}

function ofByte(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  return crc
}
