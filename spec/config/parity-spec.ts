import { existsSync } from 'node:fs'
import { KafkaProducer } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { keyNames } from '../../lib/config/keys.ts'
import { idleProofs, proofOf } from './proofs.ts'
import { javaKeys, renderParity } from './render-parity.ts'

describe('PARITY.md', () => {
  it('says what the tables say', async () => {
    await expect(renderParity()).toMatchFileSnapshot('../../PARITY.md')
  })

  it("has a row for each key of Apache's producer", () => {
    const rows = [...renderParity().matchAll(/^\| `([\w.]+)` \| \w+, /gm)].map((match) => match[1])
    expect(rows).toEqual(javaKeys().map(({ name }) => name))
  })

  it('names a spec for each key, and each one exists', () => {
    const files = keyNames.map((name) => new URL(`../${proofOf(name)}`, import.meta.url))
    expect(files.filter((file) => !existsSync(file)).map(String)).toEqual([])
    expect(idleProofs()).toEqual([])
  })

  it('names no method that a producer does not have', () => {
    const [, methods] = renderParity().split('## Methods')
    const ours = methods!.split('## Keys')[0]!.matchAll(/^\|[^|]+\| `(\w+)\(/gm)
    const named = [...ours].map((match) => match[1]!)
    expect(named.length).toBeGreaterThan(7)
    const known = Object.getOwnPropertyNames(KafkaProducer.prototype)
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  })
})
