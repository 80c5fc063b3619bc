// The samples of the guides, as programs: each block of TypeScript in guides/*.md is one, behind the set-up
// that its page keeps in a comment. `node spec/guides/samples.mjs` writes them into build/guides/, where
// `npm run check` checks their types; samples-spec.ts runs them.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const guides = join(root, 'guides')

/** All samples, page by page: what a page shows, and what it says that the sample prints. */
export function samples() {
  const pages = readdirSync(guides).filter((name) => name.endsWith('.md'))
  return pages.sort().flatMap((name) => samplesOf(name.slice(0, -3)))
}

function samplesOf(page) {
  const text = readFileSync(join(guides, `${page}.md`), 'utf8')
  const setUp = /^<!-- before each sample:\n([\s\S]*?)^-->$/m.exec(text)?.[1] ?? ''
  const blocks = text.matchAll(/^```ts\n([\s\S]*?)^```\n(?:\n?```text\n([\s\S]*?)^```$)?/gm)
  return [...blocks].map(([, code, output], at) => ({
    name: `${page}-${at + 1}`,
    code: inOrder(`${setUp}${code}`),
    output: output ?? null,
  }))
}

/** Imports come first, whether the set-up or the sample has them; and it is a module in any case. */
function inOrder(code) {
  const imports = /^import [\s\S]*? from '[^']+'\n/gm
  return `${(code.match(imports) ?? []).join('')}${code.replace(imports, '')}export {}\n`
}

/** Writes the samples below build/guides, with `change` made to each, and returns their paths. */
export function writeSamples(folder, change = (code) => code) {
  const into = join(root, 'build', 'guides', folder)
  rmSync(into, { recursive: true, force: true })
  mkdirSync(into, { recursive: true })
  return samples().map((sample) => {
    const path = join(into, `${sample.name}.ts`)
    writeFileSync(path, change(sample.code))
    return { ...sample, path }
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeSamples('checked')
