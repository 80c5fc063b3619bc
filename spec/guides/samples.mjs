// The samples of README.md and the guides, as programs. Each block of TypeScript is one. Before it
// comes the set-up from comments of its page (`before each sample`, `before this sample`), and
// after it the assertions from another comment (`after this sample`). Its expected output follows
// it as text, or in a comment (`it prints`). `node spec/guides/samples.mjs` writes them into
// build/guides/, where `npm run check` checks their types; samples-spec.ts runs them.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const guides = join(root, 'guides')

/** All samples, page by page: what a page shows, and the output that it claims. */
export function samples() {
  const names = readdirSync(guides).filter((name) => name.endsWith('.md'))
  const pages = names.sort().map((name) => [name.slice(0, -3), join(guides, name)])
  return [['readme', join(root, 'README.md')], ...pages].flatMap(([page, path]) =>
    samplesOf(page, readFileSync(path, 'utf8')),
  )
}

/** A sample, the comments before and after it, and its output. */
const block = new RegExp(
  [
    '(?:^<!-- before this sample:\\n([\\s\\S]*?)^-->\\n\\n?)?',
    '^```ts\\n([\\s\\S]*?)^```\\n',
    '(?:\\n?(?:```text|<!-- it prints:)\\n([\\s\\S]*?)^(?:```|-->)\\n?)?',
    '(?:\\n?<!-- after this sample:\\n([\\s\\S]*?)^-->)?',
  ].join(''),
  'gm',
)

function samplesOf(page, text) {
  const setUp = /^<!-- before each sample:\n([\s\S]*?)^-->$/m.exec(text)?.[1] ?? ''
  return [...text.matchAll(block)].map(([, before, code, output, after], at) => ({
    name: `${page}-${at + 1}`,
    code: inOrder([setUp, before, code, after].join('')),
    output: output ?? null,
  }))
}

/**
 * Imports come first, whether they are in the set-up or in the sample; and the file is a module in
 * any case.
 */
function inOrder(code) {
  const imports = /^import [\s\S]*? from '[^']+'\n/gm
  return `${(code.match(imports) ?? []).join('')}${code.replace(imports, '')}export {}\n`
}

/** Writes the samples below build/guides, each modified by `change`, and returns their paths. */
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
