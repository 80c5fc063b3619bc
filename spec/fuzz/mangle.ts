// Damages bytes as networks and attackers do: truncated at any place, too long, wrong lengths,
// pieces of others.

import type { Dice } from './dice.ts'

/** A damaged copy of `bytes`, which may contain pieces of `other`. */
export function mangled(dice: Dice, bytes: Uint8Array, other: Uint8Array = bytes): Buffer {
  let buffer: Buffer = Buffer.from(bytes)
  for (let left = 1 + dice.below(3); left > 0; left -= 1) {
    buffer = dice.pick(damages)(dice, buffer, other)
  }
  return buffer
}

type Damage = (dice: Dice, buffer: Buffer, other: Uint8Array) => Buffer

const bytesAtEdges = [0, 1, 2, 0x0f, 0x7f, 0x80, 0xc0, 0xf0, 0xfe, 0xff]

const damages: readonly Damage[] = [
  function flipBit(dice, buffer) {
    if (buffer.length > 0) buffer[dice.below(buffer.length)]! ^= 1 << dice.below(8)
    return buffer
  },
  function setByte(dice, buffer) {
    if (buffer.length > 0) buffer[dice.below(buffer.length)] = dice.pick(bytesAtEdges)
    return buffer
  },
  function setNumber(dice, buffer) {
    const [bits, size] = dice.pick([
      [16, 2],
      [32, 4],
    ] as const)
    if (buffer.length < size) return buffer
    buffer.writeIntBE(dice.int(bits), dice.below(buffer.length - size + 1), size)
    return buffer
  },
  function setVarint(dice, buffer) {
    const at = dice.below(buffer.length + 1)
    const length = 1 + dice.below(5)
    const varint = Buffer.from(
      Array.from({ length }, (_, i) => dice.below(128) | (i + 1 < length ? 128 : 0)),
    )
    return Buffer.concat([buffer.subarray(0, at), varint, buffer.subarray(at + 1)])
  },
  function cut(dice, buffer) {
    return buffer.subarray(0, dice.below(buffer.length + 1))
  },
  function takeOut(dice, buffer) {
    const at = dice.below(buffer.length + 1)
    return Buffer.concat([buffer.subarray(0, at), buffer.subarray(at + dice.below(9))])
  },
  function insert(dice, buffer) {
    const at = dice.below(buffer.length + 1)
    return Buffer.concat([buffer.subarray(0, at), dice.bytes(dice.below(12)), buffer.subarray(at)])
  },
  function repeat(dice, buffer) {
    const at = dice.below(buffer.length + 1)
    const piece = buffer.subarray(at, at + 1 + dice.below(40))
    const pieces = Array<Buffer>(1 + dice.below(6)).fill(piece)
    return Buffer.concat([buffer.subarray(0, at), ...pieces, buffer.subarray(at)])
  },
  function splice(dice, buffer, other) {
    const [at, from] = [dice.below(buffer.length + 1), dice.below(other.length + 1)]
    return Buffer.concat([buffer.subarray(0, at), other.subarray(from)])
  },
]
