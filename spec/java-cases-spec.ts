import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { titlesOf } from './support/titles.ts'

// JAVA-CASES.md names the specs that prove what Apache's own tests prove. If a spec is renamed,
// this spec fails.

interface Row {
  readonly number: number
  readonly tests: readonly { readonly file: string; readonly title: string }[]
  readonly why: string
}

const inSpec = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const rows = readFileSync(inSpec('JAVA-CASES.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map(rowOf)

describe('JAVA-CASES.md', () => {
  it('has every case once, in order', () => {
    const all = [...numbers(1, 107), ...numbers(130, 156)]
    expect(rows.map(({ number }) => number)).toEqual(all)
  })

  it('says for each what proves it, or why nothing can', () => {
    const silent = rows.filter(({ tests, why }) => tests.length === 0 && why === '')
    expect(silent.map(({ number }) => number)).toEqual([])
  })

  it('names existing specs by their titles', () => {
    const wrong = rows.flatMap(({ number, tests }) =>
      tests
        .filter(({ file, title }) => !titlesOf(file).has(title))
        .map(({ file, title }) => `${number}: ${file} has no “${title}”`),
    )
    expect(wrong).toEqual([])
  })

  it('would notice a missing title', () => {
    expect(titlesOf('java-cases-spec.ts')).toContain('has every case once, in order')
    expect(titlesOf('java-cases-spec.ts')).not.toContain('has every case')
    expect(titlesOf('no-such-spec.ts').size).toBe(0)
  })
})

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

function rowOf(line: string): Row {
  const [number, , tests = '', why = ''] = line.split(' | ')
  const named = tests.matchAll(/\[([\w/-]+-spec\.ts)\]\(\1\): “(.+?)”(?=<br>|$)/g)
  const list = [...named].map(([, file, title]) => ({ file: file!, title: title! }))
  // A cell that is only partly parsed would pass as a correct one.
  const count = tests === '' ? 0 : tests.split('<br>').length
  expect(list, line).toHaveLength(count)
  return { number: Number(number!.slice(2)), tests: list, why: why.replace(/ *\|$/, '') }
}
