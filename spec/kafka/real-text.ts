// A real text of 100,000 lines that every checkout has and no commit contains: what the development
// dependencies contain for people to read. The compiler's messages in thirteen languages come
// first, so that there are many multi-byte characters; declarations with their prose follow,
// including empty lines.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** The first `count` lines, without line ends. The same for the same lock file. */
export function linesOfRealText(count: number): string[] {
  const lines: string[] = []
  for (const file of files()) {
    const content = readFileSync(file, 'utf8').replaceAll('\r', '')
    lines.push(...content.split('\n'))
    if (lines.length >= count) return lines.slice(0, count)
  }
  throw new Error(`the text has ${lines.length} lines, not ${count}`)
}

function* files(): Generator<string> {
  const typescript = folderOf('typescript')
  for (const language of sortedNames(join(typescript, 'lib'))) {
    const messages = join(typescript, 'lib', language, 'diagnosticMessages.generated.json')
    if (!language.includes('.') && existsSync(messages)) yield messages
  }
  yield join(folderOf('rxjs'), 'CHANGELOG.md')
  const node = folderOf('@types/node')
  for (const name of sortedNames(node)) if (name.endsWith('.d.ts')) yield join(node, name)
  for (const name of sortedNames(join(typescript, 'lib'))) {
    if (name.endsWith('.d.ts')) yield join(typescript, 'lib', name)
  }
}

function folderOf(name: string): string {
  return dirname(require.resolve(`${name}/package.json`))
}

function sortedNames(folder: string): string[] {
  return readdirSync(folder).sort()
}
