import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

// What is in the package: one file for each entry, and what they share in chunks. A program that loads two
// hundred modules spends more on that than on its first records. The declarations are those that tsc has
// written, without those that no entry leads to. `lib/`, the specs and the benchmarks know nothing of it.
//
//   node bundle.mjs [folder]     after `tsc --emitDeclarationOnly` into that folder (dist/)

const root = fileURLToPath(new URL('.', import.meta.url))
const entries = ['index', 'stages', 'testing', 'lz4', 'opentelemetry']

/**
 * Each name of rxjs from the file that has it. `rxjs` itself loads two hundred modules, which takes a process
 * longer than all else up to its first acknowledgement. The package of rxjs 7 exports its files as well, and
 * they are the very modules that `rxjs` loads, so that an Observable is one Observable for all.
 */
const rxjsByFile = {
  name: 'rxjs by file',
  resolveId: (id) => (id === 'rxjs' ? '\0rxjs' : null),
  load(id) {
    if (id !== '\0rxjs') return null
    const index = readFileSync(join(root, 'node_modules/rxjs/dist/esm/index.js'), 'utf8')
    return index.replaceAll("from './internal/", "from 'rxjs/internal/")
  },
}

/** Writes the bundles into `folder`. */
export async function bundle(folder) {
  const bundled = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((name) => [name, `lib/${name}.ts`])),
    platform: 'node',
    external: [/^node:/, /^rxjs\//, /^crc-32/, 'snappyjs', 'lz4-wasm-nodejs', '@opentelemetry/api'],
    plugins: [rxjsByFile],
    treeshake: { moduleSideEffects: false },
  })
  await bundled.write({
    dir: folder,
    format: 'esm',
    chunkFileNames: 'shared-[hash].js',
    comments: { legal: true, annotation: true, jsdoc: false },
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    sourcemap: true,
    sourcemapExcludeSources: true,
  })
  await bundled.close()
}

/** Removes the declarations in `folder` that no entry leads to. */
export function prune(folder) {
  const needed = new Set()
  const visit = (file) => {
    if (needed.has(file)) return
    needed.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(
      /(?:from|import\()\s*['"](\.[^'"]+)/g,
    )) {
      visit(join(dirname(file), path.replace(/\.(js|ts)$/, '.d.ts')))
    }
  }
  for (const name of entries) visit(join(folder, `${name}.d.ts`))
  for (const path of readdirSync(folder, { recursive: true })) {
    const file = join(folder, path)
    if (file.endsWith('.d.ts') && !needed.has(file)) rmSync(file)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? join(root, 'dist')
  await bundle(folder)
  prune(folder)
}
