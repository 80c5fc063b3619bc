// The package that compresses raw blocks of LZ4, which users of lz4 install. It was chosen because it is
// WebAssembly, loads synchronously and needs no native build, and because its blocks end as the format
// requires: in five literals, with no match that begins in the last twelve bytes. Blocks of lz4js often do
// not, and Java refuses such blocks if they are full.
//
// `import 'to-kafka/lz4'` passes it to us, by an import that bundlers and test runners see. Without that,
// compression.ts looks it up on the first call: from the running program, then from the working directory.
// Not from this file, because `import.meta` would prevent tools from converting it to CommonJS. `process` is
// the global one: to import `node:process` reads all its properties, and some of these take long to make.

import { createRequire } from 'node:module'
import { join } from 'node:path'

/** A raw block of LZ4, which has no frame and no length. */
export type CompressBlock = (bytes: Uint8Array) => Uint8Array

/** The package, or what is needed to have it. */
export type Lz4Package =
  | { readonly compressBlock: CompressBlock; readonly needs: null }
  | { readonly compressBlock: null; readonly needs: string }

const packageName = 'lz4-wasm-nodejs'
/** The package puts the number of bytes, in four bytes, before the block. */
const sizePrefixBytes = 4

let loaded: Lz4Package | null = null

/** The package that compresses. A failed lookup is not remembered: it may be installed by the next call. */
export function lz4Package(): Lz4Package {
  if (loaded !== null) return loaded
  let found = loadLz4(() => lookedUpFrom(process.argv[1] ?? process.cwd()))
  if (found.needs !== null) {
    const other = loadLz4(() => lookedUpFrom(join(process.cwd(), 'here')))
    if (other.needs === null) found = other
  }
  if (found.needs === null) loaded = found
  return found
}

/** From now on this function of the package compresses. */
export function registerLz4(compress: CompressBlock): void {
  loaded = { compressBlock: withoutSize(compress), needs: null }
}

/** The package, as found by `look`. */
export function loadLz4(look: () => unknown): Lz4Package {
  try {
    const { compress } = look() as { compress: CompressBlock }
    return { compressBlock: withoutSize(compress), needs: null }
  } catch (cause) {
    return { compressBlock: null, needs: `the package ${packageName}, which ${trouble(cause)}` }
  }
}

function trouble(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  const absent = code === 'MODULE_NOT_FOUND' && message.includes(packageName)
  if (!absent) return `can't be loaded: ${message}`
  return `is not here: npm install ${packageName}, and import 'to-kafka/lz4' if that does not suffice`
}

/** A bundler that follows this finds no name, and leaves it alone. */
function lookedUpFrom(file: string): unknown {
  return createRequire(file)(packageName)
}

function withoutSize(compress: CompressBlock): CompressBlock {
  return (bytes) => compress(bytes).subarray(sizePrefixBytes)
}
