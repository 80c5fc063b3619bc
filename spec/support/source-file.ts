// A source file as the compiler sees it: its imports, the globals that it uses, and its asynchrony.
// Comments and strings do not count.

import { readFileSync } from 'node:fs'
import ts from 'typescript'

export interface SourceFile {
  readonly lines: number
  /** Module specifiers of imports and re-exports, static, dynamic and in types. */
  readonly imports: readonly string[]
  /**
   * `console`, `Date.now`, `new Date`, `setTimeout`: names that refer to globals, not to members.
   */
  readonly globals: ReadonlySet<string>
  /** `async`, `await`, `Promise` where they occur, with their lines. */
  readonly asynchrony: readonly string[]
  /** It declares types, or re-exports names, and has no code that runs. */
  readonly isInert: boolean
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const imports: string[] = []
  const globals = new Set<string>()
  const asynchrony: string[] = []
  const lineOf = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart()).line + 1

  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== null) imports.push(specifier)
    if (ts.isIdentifier(node) && !isMemberName(node)) globals.add(globalName(node))
    if (isAsynchronous(node)) asynchrony.push(`${lineOf(node)}: ${node.getText().slice(0, 40)}`)
    ts.forEachChild(node, visit)
  }
  visit(file)
  const isInert = file.statements.every(
    (statement) =>
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isImportDeclaration(statement) ||
      (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined),
  )
  return { lines: text.split('\n').length - 1, imports, globals, asynchrony, isInert }
}

function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return textOf(node.moduleSpecifier)
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return textOf(node.argument.literal)
  }
  if (!ts.isCallExpression(node)) return null
  const { expression } = node
  const isImport = expression.kind === ts.SyntaxKind.ImportKeyword
  const isRequire = ts.isIdentifier(expression) && expression.text === 'require'
  // What cannot be read here cannot be checked either, so it counts as an unknown import.
  return isImport || isRequire ? (textOf(node.arguments[0]) ?? '(computed)') : null
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null
}

/** `b` in `a.b`, in `{ b: 1 }` and in `b(): void` is the name of a member, not a global. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  const named = ts.isPropertyAssignment(parent) || ts.isClassElement(parent)
  return (named || ts.isTypeElement(parent)) && parent.name === node
}

function globalName(node: ts.Identifier): string {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return `${node.text}.${parent.name.text}`
  return ts.isNewExpression(parent) ? `new ${node.text}` : node.text
}

function isAsynchronous(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) return true
  if (ts.isForOfStatement(node)) return node.awaitModifier !== undefined
  return ts.isIdentifier(node) && /^(Promise|PromiseLike)$/.test(node.text)
}
