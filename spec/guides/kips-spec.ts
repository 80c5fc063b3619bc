import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

const kipsIn = (text: string): string[] => [...text.matchAll(/KIP-\d+/g)].map(([kip]) => kip)

/** What the source names, except for the mock brokers and the history of messages. */
function kipsOfSource(): Set<string> {
  const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
  const own = files.filter(
    (file) => file.endsWith('.ts') && !/^(testing|protocol.messages)/.test(file),
  )
  return new Set(own.flatMap((file) => kipsIn(readFileSync(join(root, 'lib', file), 'utf8'))))
}

describe('the guide on KIPs', () => {
  it('lists the KIPs that the source names, and no others', () => {
    const listed = kipsIn(readFileSync(join(root, 'guides/kips.md'), 'utf8'))
    expect([...new Set(listed)].sort()).toEqual([...kipsOfSource()].sort())
  })
})
