import { readFileSync } from 'node:fs'
import { KafkaProducer } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { keyNames } from '../../lib/config/keys.ts'
import { titlesOf } from '../support/titles.ts'
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

  it('names a test for each key, and each one exists under that title', () => {
    const wrong = keyNames.flatMap((name) => {
      const [file, title] = proofOf(name)
      return titlesOf(file).has(title) ? [] : [`${name}: ${file} has no “${title}”`]
    })
    expect(wrong).toEqual([])
    expect(idleProofs()).toEqual([])
  })

  it("has each method of Java's producer, its records, metadata and plug-ins", () => {
    const [, tables] = renderParity().split('## Methods')
    const methods = tables!.split('## Keys')[0]!
    const wrong = javaMethods().filter(([owner, method]) => {
      const table = methods.split('| Java').find((text) => text.startsWith(`'s \`${owner}\``))
      const cells = table?.split('\n').map((line) => line.split(' | ')[0]!) ?? []
      return !cells.some((cell) => cell.includes(`\`${method}(`))
    })
    expect(wrong).toEqual([])
    expect(javaMethods().length).toBeGreaterThan(30)
  })

  it('names only methods that a producer has', () => {
    const [, methods] = renderParity().split('## Methods')
    const producer = methods!.split("| Java's `ProducerRecord`")[0]!
    const ours = producer.matchAll(/^\|[^|]+\| `(\w+)\(/gm)
    const named = [...ours].map((match) => match[1]!)
    expect(named.length).toBeGreaterThan(7)
    const known = Object.getOwnPropertyNames(KafkaProducer.prototype)
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  })
})

/** By interface: what golden/JavaProducerMethods.java found in the classes of Kafka 4.4.0. */
function javaMethods(): readonly (readonly [owner: string, method: string])[] {
  const golden = new URL('./golden/java-producer-methods.json', import.meta.url)
  return JSON.parse(readFileSync(golden, 'utf8'))
}
