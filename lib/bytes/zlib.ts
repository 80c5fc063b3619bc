// Node's zlib, for gzip and zstd. Only a producer that compresses needs it, so it is loaded when first
// needed: a cold start without a codec is 3 % cheaper. Called by the codecs and by the pool of threads.

/** `node:zlib`. */
export function nodeZlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}
