// Node's zlib, for gzip, zstd and the CRC-32 of librdkafka's partitioners. Few producers need it, so it is loaded
// when first needed: a cold start without a codec is 3 % cheaper. Called by these, and by the pool of threads.

/** `node:zlib`. */
export function nodeZlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}
