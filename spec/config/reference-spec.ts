import { describe, expect, it } from 'vitest'
import { keyNames } from '../../lib/config/keys.ts'
import { configReference } from '../../lib/config/reference.ts'

const page = configReference()
const entries = [...page.matchAll(/^### (.+)$/gm)].map((match) => match[1]!)
const refused = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!)

describe('configReference', () => {
  it('has each key once, in the order of the table: first the supported keys, then the refused ones', () => {
    const isEntry = new Set(entries)
    expect([...entries, ...refused]).toEqual([
      ...keyNames.filter((name) => isEntry.has(name)),
      ...keyNames.filter((name) => !isEntry.has(name)),
    ])
  })

  it('gives each row of a refused key four cells', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|'))
    const cells = rows.map((row) => row.replaceAll('\\|', '').split('|').length)
    expect(new Set(cells)).toEqual(new Set([6]))
  })

  it('says what a key does, what it accepts, its default and where it comes from', () => {
    expect(page).toMatch(
      /^### linger\.ms\n\n.+\n\nAccepts an integer, 0 or more \(ms\)\. Default: `5`\. Source: KIP-1030\.$/m,
    )
    expect(page).toMatch(/^### bootstrap\.servers\n\n.+\n\nAccepts .+\. Required\.$/m)
  })

  it('says what is not supported, and why a default differs from that of Java', () => {
    expect(page).toMatch(
      /^\| `compression\.lz4\.level` \| `9` \| .+ \| the package that compresses/m,
    )
    expect(page).toMatch(
      /^### send\.buffer\.bytes\n\n.*Any value except `-1`, `131072` is refused: /m,
    )
    expect(page).toMatch(
      /^### metric\.reporters\n\n.*The default differs from Java's: there is no JMX in Node\.$/m,
    )
  })
})
