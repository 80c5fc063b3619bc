import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decode, encode } from '@jridgewell/sourcemap-codec'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'
import { dts } from 'rolldown-plugin-dts'

// What is in the package: one file for each entry, and chunks that they share; likewise for the declarations that tsc
// has written. A program that loads two hundred modules spends more time on that than on its first records, and so
// does a compiler with two hundred declarations. `lib/`, the specs and the benchmarks do not depend on this.
//
//   node bundle.mjs [folder [declarations]]     after `tsc --emitDeclarationOnly` into the second folder

const root = fileURLToPath(new URL('.', import.meta.url))
const entries = ['index', 'stages', 'testing', 'lz4', 'opentelemetry']
const packages = ['snappyjs', 'lz4-wasm-nodejs', '@opentelemetry/api']

/**
 * Imports each name of rxjs from its own file. `rxjs` itself loads two hundred modules, which takes a process longer
 * than everything else up to its first acknowledgement. The package of rxjs 7 also exports its files, and they are
 * the same modules that `rxjs` loads, so there is only one Observable.
 */
const rxjsByFile = {
  name: 'rxjs by file',
  resolveId: (id) => (id === 'rxjs' ? '\0rxjs' : null),
  load(id) {
    if (id !== '\0rxjs') return null
    const index = readFileSync(join(root, 'node_modules/rxjs/dist/esm/index.js'), 'utf8')
    return index
      .replaceAll("from './internal/", "from 'rxjs/internal/")
      .replace("{ from } from 'rxjs/internal/observable/from'", innerFrom)
  },
}

/** `from` without a scheduler, which is not used here: ten files fewer. */
const innerFrom = "{ innerFrom as from } from 'rxjs/internal/observable/innerFrom'"

/** Removes from the table of settings what only CONFIGURATION.md shows. */
const withoutProse = {
  name: 'settings without prose',
  transform: {
    filter: { id: /lib\/config\/keys-[\w-]+\.ts$/ },
    handler(code) {
      const spans = []
      walk(this.parse(code, { lang: 'ts' }), (node) => {
        if (node.type === 'Property' && prose.has(node.key.name)) spans.push(node)
      })
      // From the end on, so that earlier positions stay valid; line breaks stay for the map.
      const left = spans.reduceRight((text, { start, end }) => {
        const gap = text.slice(start, end).replaceAll(/[^\n]/g, '')
        return `${text.slice(0, start)}${gap}${text.slice(end).replace(/^,/, '')}`
      }, code)
      return { code: left, map: null }
    },
  },
}
const prose = new Set(['doc', 'source', 'differs'])

/**
 * Marks constants of modules as removable for bundlers. A bundler removes a whole module of `lib/` of which nothing
 * is used. From a file of the package it removes only code that it knows to have no effect, and a table that is built
 * by calls, or from members of other tables, might have one. So each such constant is built by a call that is marked
 * as pure.
 */
const constantsWithoutEffect = {
  name: 'constants without effect',
  resolveId: (id) => (id === marked ? id : null),
  load: (id) => (id === marked ? 'export function made(make) { return make() }' : null),
  transform: {
    filter: { id: /lib\/.+\.ts$/ },
    handler(code) {
      const inits = this.parse(code, { lang: 'ts' })
        .body.map((node) => node.declaration ?? node)
        .filter((node) => node.type === 'VariableDeclaration' && node.kind === 'const')
        .flatMap(({ declarations }) => declarations)
        .filter(({ id, init }) => id.type === 'Identifier' && mayHaveEffect(init))
        .map(({ init }) => init)
      if (inits.length === 0) return null
      const text = inits.reduceRight((text, { start, end }) => {
        const init = text.slice(start, end)
        return `${text.slice(0, start)}/* @__PURE__ */ made(() => (${init}))${text.slice(end)}`
      }, code)
      return { code: `import { made } from '${marked}'; ${text}`, map: null }
    },
  },
}
const marked = '\0made'

/** Whether a bundler must assume that evaluating this has an effect. */
function mayHaveEffect(node) {
  if (/^(Arrow)?FunctionExpression$|^ClassExpression$/.test(node?.type)) return false
  if (effective.has(node?.type) || node?.computed === true) return true
  return Object.values(node ?? {}).some(
    (child) => typeof child === 'object' && child !== null && mayHaveEffect(child),
  )
}
const effective = new Set([
  ...['CallExpression', 'NewExpression', 'MemberExpression', 'SpreadElement'],
  ...['BinaryExpression', 'TemplateLiteral'],
])

function walk(node, visit) {
  if (typeof node?.type === 'string') visit(node)
  for (const child of Object.values(node ?? {})) {
    if (typeof child === 'object' && child !== null) walk(child, visit)
  }
}

/** Writes the bundles into `folder`. */
export async function bundle(folder) {
  const bundled = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((name) => [name, `lib/${name}.ts`])),
    platform: 'node',
    external: [/^node:/, /^rxjs\//, /^crc-32/, ...packages],
    plugins: [rxjsByFile, withoutProse, constantsWithoutEffect],
    treeshake: { moduleSideEffects: false },
    checks: { bundlerTimings: false },
  })
  const { output } = await bundled.write({
    dir: folder,
    format: 'esm',
    chunkFileNames: 'shared-[hash].js',
    comments: { legal: true, annotation: true, jsdoc: false },
    // Functions and classes keep their names, which stacks and errors show.
    minify: {
      compress: { keepNames: { function: true, class: true } },
      mangle: { toplevel: true, keepNames: true },
      codegen: { removeWhitespace: true },
    },
    sourcemap: true,
    sourcemapExcludeSources: true,
  })
  await bundled.close()
  for (const { fileName } of output) {
    if (fileName.endsWith('.js')) breakLines(join(folder, fileName))
  }
  for (const { fileName } of output) {
    if (fileName.endsWith('.map')) thin(join(folder, fileName))
  }
}

/**
 * Begins a new line with each statement and each member of a class. If nobody catches an error, Node prints the line
 * that threw it, and the minifier writes a whole file as one line.
 */
function breakLines(file) {
  const code = readFileSync(file, 'utf8')
  const starts = []
  walk(parseAst(code), ({ body }) => {
    if (Array.isArray(body)) starts.push(...body.map(({ start }) => start))
  })
  const breaks = starts.filter((at) => at > 0 && code[at - 1] !== '\n').sort((a, b) => a - b)
  const pieces = [0, ...breaks].map((from, n) => code.slice(from, breaks[n]))
  writeFileSync(file, pieces.join('\n'))
  if (existsSync(`${file}.map`)) breakMap(`${file}.map`, code, breaks)
}

/** Moves the positions of a source map as `breaks`, in ascending order, move those of `code`. */
function breakMap(file, code, breaks) {
  const map = JSON.parse(readFileSync(file, 'utf8'))
  const moved = []
  let begun = 0 // where the line of the code begins
  let next = 0 // the first break that is not passed
  for (const [row, segments] of decode(map.mappings).entries()) {
    const end = begun + code.split('\n', row + 1)[row].length
    let line = []
    let from = begun
    const breakAt = (at) => {
      moved.push(line)
      line = []
      from = at
      next += 1
    }
    for (const [column, ...origin] of segments) {
      while (breaks[next] <= begun + column) breakAt(breaks[next])
      line.push([begun + column - from, ...origin])
    }
    while (breaks[next] <= end) breakAt(breaks[next])
    moved.push(line)
    begun = end + 1
  }
  writeFileSync(file, JSON.stringify({ ...map, mappings: encode(moved) }))
}

/**
 * Reduces a source map to what a stack needs: the file and the line. Columns and names would make it three times as
 * large; names are in the code.
 */
function thin(file) {
  const map = JSON.parse(readFileSync(file, 'utf8'))
  const lines = decode(map.mappings).map((segments) => {
    let last = ''
    return segments.flatMap(([column, source, line]) => {
      if (source === undefined || last === `${source}:${line}`) return []
      last = `${source}:${line}`
      return [[column, source, line, 0]]
    })
  })
  writeFileSync(file, JSON.stringify({ ...map, names: [], mappings: encode(lines) }))
}

/** Writes the declarations into `folder`: those of tsc's that the entries lead to. */
export async function bundleTypes(folder, declarations) {
  const bundled = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((name) => [name, join(declarations, `${name}.d.ts`)])),
    platform: 'node',
    external: [/^node:/, /^rxjs/, ...packages],
    plugins: [dts({ dtsInput: true, tsconfig: false })],
    checks: { bundlerTimings: false },
  })
  await bundled.write({ dir: folder, format: 'esm', chunkFileNames: 'shared-[hash].d.ts' })
  await bundled.close()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = join(root, 'dist'), declarations = join(root, 'build/types')] =
    process.argv.slice(2)
  rmSync(folder, { recursive: true, force: true })
  await bundle(folder)
  await bundleTypes(folder, declarations)
}
