import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

// The titles of specs, for pages that name them: if a spec is renamed, a spec of the page fails.

/** By file, of the files that were read. */
const read = new Map<string, ReadonlySet<string>>()

/** The titles of a spec's tests as they are written there, placeholders included; none if there is no such file. */
export function titlesOf(file: string): ReadonlySet<string> {
  const titles = read.get(file) ?? titlesIn(fileURLToPath(new URL(`../${file}`, import.meta.url)))
  read.set(file, titles)
  return titles
}

function titlesIn(path: string): ReadonlySet<string> {
  const titles = new Set<string>()
  if (!existsSync(path)) return titles
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true)
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^it\b/.test(node.expression.getText())) {
      const [title] = node.arguments
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.add(title.text)
      else if (title !== undefined && ts.isTemplateExpression(title)) {
        titles.add(title.getText().slice(1, -1))
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return titles
}
