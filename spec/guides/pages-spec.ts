import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compatibilityPage } from './compatibility.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const guides = readdirSync(join(root, 'guides'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `guides/${name}`)
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...guides]

/** Links and pictures that name a file of the repository. */
function filesNamedBy(page: string): string[] {
  const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
  return targets
    .filter((target) => !/^(https?:|#)/.test(target))
    .map((target) => join(dirname(page), target.replace(/#.*/, '')))
}

describe('the pages for readers', () => {
  it.each(pages)('%s links only to files that exist', (page) => {
    expect(filesNamedBy(page).filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  it('list as compatible what is tested, and nothing else', async () => {
    await expect(compatibilityPage()).toMatchFileSnapshot('../../guides/compatibility.md')
  })

  it('are all part of the docs site', () => {
    const { projectDocuments } = JSON.parse(read('typedoc.json'))
    expect(guides.filter((guide) => !projectDocuments.includes(guide))).toEqual([])
  })

  it('can all be reached from README.md', () => {
    const reached = new Set(['README.md'])
    for (const page of reached) {
      for (const file of filesNamedBy(page)) if (guides.includes(file)) reached.add(file)
    }
    expect(guides.filter((guide) => !reached.has(guide))).toEqual([])
  })

  it('show every marble diagram that is drawn', () => {
    const shown = new Set(guides.flatMap(filesNamedBy))
    const drawn = readdirSync(join(root, 'guides/marbles')).map((name) => `guides/marbles/${name}`)
    expect(drawn.filter((file) => !shown.has(file))).toEqual([])
  })
})
