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
const packages = ['lz4-wasm-nodejs', '@opentelemetry/api']

/**
 * What the package takes from others, and the file that has it. rxjs is imported by files, because `rxjs` itself loads
 * two hundred modules, which takes a process longer than everything else up to its first acknowledgement. The package
 * of rxjs 7 also exports its files, and they are the same modules that `rxjs` loads, so there is only one Observable.
 */
const taken = {
  rxjs: {
    Observable: 'rxjs/internal/Observable',
    Subject: 'rxjs/internal/Subject',
    Subscriber: 'rxjs/internal/Subscriber',
    // `from` without a scheduler, which is not used here: ten files fewer.
    innerFrom: 'rxjs/internal/observable/innerFrom',
  },
  'crc-32/crc32c.js': { crc32c: 'crc-32/crc32c.js' },
  snappyjs: { compress: 'snappyjs' },
}
const renamed = { innerFrom: 'from', crc32c: 'default' }

/**
 * Imports what is CommonJS through `#commonjs`, which package.json maps: for Node to a file that requires it, and for
 * bundlers to one that imports it. If a module imports CommonJS, Node reads that file first to find its names, by a
 * parser in JavaScript, which V8 then optimizes; that took a fifth of a cold start. A bundler has to see imports,
 * because some cannot leave a `require` in a module, and because it takes the rxjs of the program for both.
 */
const commonjs = {
  name: 'what is CommonJS',
  resolveId: (id) => (id in taken ? `\0${id}` : null),
  load(id) {
    const names = Object.keys(taken[id.slice(1)] ?? {})
    if (names.length === 0) return null
    return `export { ${names.map((name) => `${name} as ${renamed[name] ?? name}`)} } from '#commonjs'`
  },
}

function writeCommonjs(folder) {
  const rows = Object.values(taken).flatMap(Object.entries)
  const required = rows.map(([name, file]) => {
    const member = renamed[name] === 'default' ? '' : `.${name}`
    return `exports.${name} = require('${file}')${member}\n`
  })
  const imported = rows.map(([name, file]) => {
    const from = renamed[name] === 'default' ? 'default as ' : ''
    return `export { ${from}${name} } from '${file}'\n`
  })
  writeFileSync(join(folder, 'commonjs.cjs'), `'use strict'\n${required.join('')}`)
  writeFileSync(join(folder, 'modules.js'), imported.join(''))
}

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
    external: [/^node:/, '#commonjs', ...packages],
    plugins: [commonjs, withoutProse, constantsWithoutEffect],
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
  writeCommonjs(folder)
  for (const { fileName } of output) {
    if (fileName.endsWith('.js')) breakLines(join(folder, fileName))
  }
  for (const { fileName } of output) {
    if (fileName.endsWith('.map')) thin(join(folder, fileName))
  }
}

/**
 * Begins a new line with each statement and each member of a class. If nobody catches an error, Node prints the line
 * that threw it, and the minifier writes a whole file as one line. Also writes every character as ASCII: with any
 * other, V8 keeps two bytes for each character of the file, and a cold start takes longer.
 */
function breakLines(file) {
  const code = readFileSync(file, 'utf8')
  const starts = []
  walk(parseAst(code), ({ body }) => {
    if (Array.isArray(body)) starts.push(...body.map(({ start }) => start))
  })
  const breaks = starts.filter((at) => at > 0 && code[at - 1] !== '\n').sort((a, b) => a - b)
  const pieces = [0, ...breaks].map((from, n) => code.slice(from, breaks[n]))
  writeFileSync(file, pieces.map(escaped).join('\n'))
  if (existsSync(`${file}.map`)) breakMap(`${file}.map`, code, breaks)
}

/** Such characters are only in strings and templates. */
function escaped(code) {
  return code.replaceAll(
    /[^\0-\x7f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Moves the positions of a source map as `breaks`, in ascending order, and escapes move those of `code`. */
function breakMap(file, code, breaks) {
  const map = JSON.parse(readFileSync(file, 'utf8'))
  const lines = [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const begins = [...lines, ...breaks].sort((a, b) => a - b)
  const moved = begins.map(() => [])
  let row = 0
  for (const [line, segments] of decode(map.mappings).entries()) {
    for (const [column, ...origin] of segments) {
      const at = lines[line] + column
      while (begins[row + 1] <= at) row += 1
      moved[row].push([escaped(code.slice(begins[row], at)).length, ...origin])
    }
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
    external: [/^node:/, /^rxjs/, 'snappyjs', ...packages],
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
