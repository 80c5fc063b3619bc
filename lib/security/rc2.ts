// RC2 (RFC 2268), only for decryption: the certificates of PKCS12 stores made by Java up to 8u301 and
// 11.0.12 and by OpenSSL 1 are encrypted with it, with 40 bits, and OpenSSL 3 no longer has it where Node
// can use it. It protects nothing reliably; the certificates in there are public.

/** Decrypts CBC blocks with padding; null if the padding is wrong. */
export function decryptRc2(
  key: Uint8Array,
  iv: Uint8Array,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> | null {
  if (bytes.length === 0 || bytes.length % 8 !== 0) return null
  const words = expand(key)
  const plain = new Uint8Array(bytes.length)
  let before = iv
  for (let at = 0; at < bytes.length; at += 8) {
    const block = bytes.subarray(at, at + 8)
    plain.set(decryptBlock(words, block), at)
    for (let index = 0; index < 8; index += 1) plain[at + index]! ^= before[index]!
    before = block
  }
  const padding = plain.at(-1)!
  if (padding < 1 || padding > 8) return null
  if (plain.subarray(-padding).some((byte) => byte !== padding)) return null
  return plain.slice(0, -padding)
}

/** The key as 64 words; all its bits are effective. */
function expand(key: Uint8Array): Uint16Array {
  const bytes = new Uint8Array(128)
  bytes.set(key)
  for (let at = key.length; at < 128; at += 1) {
    bytes[at] = table[(bytes[at - 1]! + bytes[at - key.length]!) & 255]!
  }
  bytes[128 - key.length] = table[bytes[128 - key.length]!]!
  for (let at = 127 - key.length; at >= 0; at -= 1) {
    bytes[at] = table[bytes[at + 1]! ^ bytes[at + key.length]!]!
  }
  return Uint16Array.from({ length: 64 }, (_, at) => bytes[2 * at]! | (bytes[2 * at + 1]! << 8))
}

const shifts = [1, 2, 3, 5]

function decryptBlock(key: Uint16Array, block: Uint8Array): Uint8Array {
  const r = Uint16Array.from({ length: 4 }, (_, at) => block[2 * at]! | (block[2 * at + 1]! << 8))
  let next = 63
  const mix = () => {
    for (let at = 3; at >= 0; at -= 1) {
      const shift = shifts[at]!
      const word = r[at]!
      const [a, b, c] = [r[(at + 3) & 3]!, r[(at + 2) & 3]!, r[(at + 1) & 3]!]
      r[at] = ((word >>> shift) | (word << (16 - shift))) - key[next]! - (a & b) - (~a & c)
      next -= 1
    }
  }
  const mash = () => {
    for (let at = 3; at >= 0; at -= 1) r[at] = r[at]! - key[r[(at + 3) & 3]! & 63]!
  }
  for (let round = 0; round < 16; round += 1) {
    mix()
    if (round === 4 || round === 10) mash()
  }
  return new Uint8Array(r.buffer)
}

/** The RFC's table PITABLE. */
const table = Buffer.from(
  [
    'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2',
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82',
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626',
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7',
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec',
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731',
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9',
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  ].join(''),
  'hex',
)
