import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import type { Library } from './library.ts'
import type { Edit, Mutant } from './mutants.ts'

// Makes a mutant: a copy of the library in which one place is changed, as separate modules, so the library
// itself has no switch for it.

const lib = fileURLToPath(new URL('../../lib/', import.meta.url))
const build = fileURLToPath(new URL('../../build/mutants/', import.meta.url))

export function mutated(mutant: Mutant, folder: string): Promise<Library> {
  return edited(folder, [mutant, ...(mutant.also ?? [])])
}

/** The library with these edits, in a folder of its own. */
export async function edited(name: string, edits: readonly Edit[]): Promise<Library> {
  const folder = join(build, name)
  rmSync(folder, { recursive: true, force: true })
  for (const [file, code] of transpiled()) {
    const path = join(folder, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(path), { recursive: true })
    const here = edits.filter((edit) => edit.file === file)
    writeFileSync(path, here.length === 0 ? code : transpile(file, changed(file, here)))
  }
  const load = (path: string) => import(pathToFileURL(join(folder, path)).href)
  return {
    ...(await load('operators/paced.js')),
    ...(await load('operators/to-kafka.js')),
    ...(await load('operators/to-kafka-settled.js')),
    ...(await load('operators/to-kafka-each.js')),
    ...(await load('operators/in-transaction.js')),
    ...(await load('operators/exactly-once.js')),
    ...(await load('producer/assembly.js')),
    ...(await load('producer/kafka-producer.js')),
    ...(await load('producer/producer-pool.js')),
    ...(await load('partitioners/round-robin.js')),
    ...(await load('partitioners/librdkafka.js')),
    ...(await load('collections/loop-budget.js')),
    ...(await load('wire/heard.js')),
    ...(await load('wire/within-budget.js')),
  } as Library
}

function changed(file: string, edits: readonly Edit[]): string {
  return edits.reduce(
    (source, { find, replace }) => {
      const places = source.split(find).length - 1
      if (places !== 1) throw new Error(`${find} is in ${file} ${places} times, not once`)
      return source.replace(find, () => replace)
    },
    readFileSync(join(lib, file), 'utf8'),
  )
}

let cache: Map<string, string> | undefined

/** The whole library as JavaScript, by file. */
function transpiled(): Map<string, string> {
  if (cache !== undefined) return cache
  cache = new Map()
  for (const file of readdirSync(lib, { recursive: true }) as string[]) {
    if (!file.endsWith('.ts') || file.endsWith('.d.ts')) continue
    cache.set(file, transpile(file, readFileSync(join(lib, file), 'utf8')))
  }
  return cache
}

function transpile(fileName: string, source: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  }
  return ts.transpileModule(source, { fileName, compilerOptions }).outputText
}
