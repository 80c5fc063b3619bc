// Node's modules that only secure connections and credentials need. Together they take 20 ms of a cold
// start, so they are loaded when first needed, and never by a producer without TLS and SASL. The only file
// of this folder that uses the machine.

export type { Socket as TcpSocket } from 'node:net'
export type { SecureContext, SecureContextOptions } from 'node:tls'

/** `node:crypto`. */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

/** `node:tls`. */
export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls')
}

/** `node:fs`, for stores, tokens and keys in files. */
export function nodeFs(): typeof import('node:fs') {
  return process.getBuiltinModule('node:fs')
}

/** A variable of the environment; null if it is not set. */
export function environment(name: string): string | null {
  return process.env[name] || null
}
