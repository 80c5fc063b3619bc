// The package that compresses raw blocks of LZ4, which the user installs where he wants lz4. Chosen
// for what it is: WebAssembly, loaded at once, no native build; and its blocks end as the format
// says, in five literals, with no match that begins in the last twelve bytes. Those of lz4js often
// do not, and then Java refuses them where they are full. Loaded on the first call, by compression.ts.

import { createRequire } from 'node:module'

/** A raw block of LZ4, which has no frame and no length. */
export type CompressBlock = (bytes: Uint8Array) => Uint8Array

/** The package, or what it takes to have it. */
export type Lz4Package =
  | { readonly compressBlock: CompressBlock; readonly needs: null }
  | { readonly compressBlock: null; readonly needs: string }

const packageName = 'lz4-wasm-nodejs'
/** The package puts the number of bytes before the block, in four bytes. */
const sizePrefixBytes = 4

let loaded: Lz4Package | null = null

/** The package that compresses. Not found is not remembered: it may be installed by the next call. */
export function lz4Package(): Lz4Package {
  if (loaded !== null) return loaded
  const found = loadLz4(createRequire(import.meta.url))
  if (found.needs === null) loaded = found
  return found
}

/** The package as `require` finds it; its name is written out for those who look for imports. */
export function loadLz4(require: (name: string) => unknown): Lz4Package {
  try {
    const { compress } = require('lz4-wasm-nodejs') as { compress: CompressBlock }
    return {
      compressBlock: (bytes) => compress(bytes).subarray(sizePrefixBytes),
      needs: null,
    }
  } catch (cause) {
    return { compressBlock: null, needs: `the package ${packageName}, which ${trouble(cause)}` }
  }
}

function trouble(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  const absent = code === 'MODULE_NOT_FOUND' && message.includes(packageName)
  return absent ? `is not here: npm install ${packageName}` : `can't be loaded: ${message}`
}
