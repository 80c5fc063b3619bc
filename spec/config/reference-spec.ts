import { describe, expect, it } from 'vitest'
import { keyNames } from '../../lib/config/keys.ts'
import { configReference } from '../../lib/config/reference.ts'

const page = configReference()

describe('configReference', () => {
  it('has one row for each key, in the order of the table', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1])
    expect(rows).toEqual(keyNames)
  })

  it('gives each row the cells of its head', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|'))
    const cells = rows.map((row) => row.replaceAll('\\|', '').split('|').length)
    expect(new Set(cells)).toEqual(new Set([7]))
  })

  it('says what a key takes, its default, what it does and where it comes from', () => {
    expect(page).toMatch(
      /^\| `linger.ms` \| an integer, 0 or more \(ms\) \| `5` \| .+ \| KIP-1030 \|$/m,
    )
  })

  it('says what is not built, and where a default is not that of Java', () => {
    expect(page).toMatch(
      /`compression.lz4.level`.*Any value but `9` is refused: the package that compresses/,
    )
    expect(page).toMatch(/`metric.reporters`.*Not the default of Java: there is no JMX here\./)
    expect(page).toMatch(/`bootstrap.servers` \|[^|]*\| required \|/)
  })
})
