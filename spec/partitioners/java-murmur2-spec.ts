// The partitions that Java chooses for keys: hashes and partitions computed by Apache's own code,
// kept in golden/.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { murmur2, toPartition } from '../../lib/partitioners/murmur2.ts'

interface Vectors {
  readonly partitionCounts: readonly number[]
  readonly keys: readonly {
    /** Whether the key is the UTF-8 of a text, which must then have the same hash. */
    readonly text: boolean
    readonly base64: string
    readonly hash: number
    readonly partitions: readonly number[]
  }[]
}

const file = new URL('golden/java-murmur2.json', import.meta.url)
const { partitionCounts, keys } = JSON.parse(readFileSync(file, 'utf8')) as Vectors

describe("Java's murmur2", () => {
  it('has vectors of every tail length, non-ASCII, empty and long ones', () => {
    const lengths = keys.map(({ base64 }) => Buffer.from(base64, 'base64').length)

    expect(new Set(lengths.map((length) => length % 4)).size).toBe(4)
    expect(Math.min(...lengths)).toBe(0)
    expect(Math.max(...lengths)).toBeGreaterThan(1_000)
    expect(keys.length).toBeGreaterThan(150)
  })

  it('gives bytes the same hash as here', () => {
    const ours = keys.map(({ base64 }) => murmur2(Buffer.from(base64, 'base64')))

    expect(ours).toEqual(keys.map(({ hash }) => hash))
  })

  it('gives a string the same hash as its UTF-8 bytes', () => {
    const texts = keys.filter(({ text }) => text)
    const ours = texts.map(({ base64 }) => murmur2(Buffer.from(base64, 'base64').toString()))

    expect(ours).toEqual(texts.map(({ hash }) => hash))
  })

  it('chooses the same partition for each key', () => {
    const ours = keys.map(({ hash }) => partitionCounts.map((count) => toPartition(hash, count)))

    expect(ours).toEqual(keys.map(({ partitions }) => partitions))
  })
})
