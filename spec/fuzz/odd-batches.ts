// Record batches with a right checksum and any content; and the compressed streams in them.

import { attributesAt, crcAt, headerBytes, lengthOverhead } from '../../lib/records/batch-header.ts'
import { crc32c } from '../../lib/records/checksum.ts'
import { type Compression, codecs } from '../../lib/records/compression.ts'
import { varint } from '../support/batches.ts'
import type { Dice } from './dice.ts'
import { mangled } from './mangle.ts'

/** The codecs that can be written and read here. */
export const usable: readonly Compression[] = Object.values(codecs)
  .filter((codec) => codec.compressNeeds() === null && codec.decompressNeeds() === null)
  .map(({ name }) => name)

/** Mostly what the log of an honest producer contains; otherwise something similar. */
export function oddBatch(dice: Dice): Buffer {
  const count = dice.percent(90) ? 1 + dice.below(6) : dice.below(200)
  const name = dice.pick(usable)
  let payload: Uint8Array = Buffer.concat(Array.from({ length: count }, (_, i) => record(dice, i)))
  if (dice.percent(15)) payload = mangled(dice, payload)
  let stream = codecs[name].compress(payload)
  if (dice.percent(25)) stream = mangled(dice, stream)
  const batch = sealed(stream, codecs[name].id, count)
  if (dice.percent(25)) twistHeader(dice, batch)
  return checked(batch)
}

/** Codecs whose streams cannot contain more than a multiple of their bytes. */
const bounded = usable.filter((name) => name === 'lz4' || name === 'snappy')

/**
 * A small batch that contains much (one long record, or thousands of the shortest), or says that it
 * may.
 */
export function bomb(dice: Dice): Buffer {
  if (dice.percent(20)) return boastful(dice)
  const name = dice.pick(bounded)
  const isLong = dice.percent(50)
  const length = 1 + dice.below(isLong ? 300_000 : 40_000)
  const long = () => Buffer.concat([varint(0), varint(0), varint(0), varint(-1), varint(length)])
  const one = sized(isLong ? Buffer.concat([long(), Buffer.alloc(length + 1)]) : shortest)
  const count = isLong ? 1 : length
  const stream = codecs[name].compress(Buffer.alloc(count * one.length, one))
  return checked(sealed(Buffer.from(stream), codecs[name].id, count))
}

/** An lz4 stream of blocks of seven bytes whose frame allows 4 MiB each. */
function boastful(dice: Dice): Buffer {
  const count = 1 + dice.below(100)
  const one = sized(shortest)
  const block = Buffer.concat([Buffer.of(one.length + 1, 0, 0, 0, one.length << 4), one])
  const blocks = Array.from({ length: count }, () => block)
  const stream = Buffer.concat([Buffer.from('04224d18607073', 'hex'), ...blocks, Buffer.alloc(4)])
  return checked(sealed(stream, codecs.lz4.id, count))
}

function sized(body: Uint8Array): Buffer {
  return Buffer.concat([varint(body.length), body])
}

/** No key, no value, no headers. */
const shortest = Buffer.of(0, 0, 0, 1, 1, 0)

/** A compressed stream of any bytes. */
export function oddStream(dice: Dice): { readonly name: Compression; readonly stream: Buffer } {
  const name = dice.pick(usable)
  const text = dice.percent(50)
    ? Buffer.alloc(dice.below(3000), 'a record ')
    : dice.bytes(dice.below(200))
  const stream = Buffer.from(codecs[name].compress(text))
  return { name, stream: dice.percent(20) ? stream : mangled(dice, stream) }
}

/** The batch with the right checksum of its bytes. */
export function checked(batch: Buffer): Buffer {
  if (batch.length >= headerBytes) batch.writeUInt32BE(crc32c(batch, attributesAt), crcAt)
  return batch
}

function sealed(payload: Uint8Array, codecId: number, count: number): Buffer {
  const batch = Buffer.alloc(headerBytes + payload.length)
  batch.set(payload, headerBytes)
  batch.writeInt32BE(batch.length - lengthOverhead, 8)
  batch.writeInt32BE(-1, 12)
  batch[16] = 2
  batch.writeInt16BE(codecId, attributesAt)
  batch.writeInt32BE(count - 1, 23)
  batch.writeBigInt64BE(1000n, 27)
  batch.writeBigInt64BE(999n + BigInt(count), 35)
  batch.writeBigInt64BE(-1n, 43)
  batch.writeInt16BE(-1, 51)
  batch.writeInt32BE(-1, 53)
  batch.writeInt32BE(count, 57)
  return batch
}

const fieldsOfFour = [0, 4, 8, 12, 17, 23, 27, 31, 35, 39, 43, 47, 53, 57]

function twistHeader(dice: Dice, batch: Buffer): void {
  if (dice.percent(30)) batch.writeInt16BE(dice.below(64), attributesAt)
  else if (dice.percent(20)) numbered(dice, batch)
  else batch.writeInt32BE(dice.int(32), dice.pick(fieldsOfFour))
}

/** As from an idempotent producer, in one of its first batches. */
function numbered(dice: Dice, batch: Buffer): void {
  batch.writeBigInt64BE(BigInt(dice.below(4)), 43)
  batch.writeInt16BE(dice.below(3), 51)
  batch.writeInt32BE(dice.percent(50) ? 0 : dice.int(32), 53)
}

function record(dice: Dice, index: number): Buffer {
  const headers = dice.percent(80) ? 0 : dice.below(4)
  const parts = [
    Buffer.of(0),
    varint(index),
    varint(index),
    nullable(dice),
    nullable(dice),
    varint(headers),
  ]
  for (let left = headers; left > 0; left -= 1)
    parts.push(varint(1), Buffer.from('h'), nullable(dice))
  const body = Buffer.concat(parts)
  return Buffer.concat([varint(body.length), body])
}

function nullable(dice: Dice): Buffer {
  if (dice.percent(20)) return varint(-1)
  const bytes = dice.bytes(dice.below(10))
  return Buffer.concat([varint(bytes.length), bytes])
}
