// The entries of bootstrap.servers: `[scheme://]host:port`, with an IPv6 host in brackets or bare, as Java
// reads them. Impossible hosts and ports are refused at once.

import { ConfigError } from '../errors/config-error.ts'
import type { Address } from '../runtime.ts'
import { withoutLogin } from './words.ts'

const key = 'bootstrap.servers'
const shape = /^(?:[\w.%-]*:\/\/)?(?:\[([\w:.%-]+)\]|([\w:.%-]+)):(\d+)$/

/** The addresses of a list of entries, at least one, in order. */
export function parseAddresses(entries: readonly string[]): readonly Address[] {
  if (entries.length === 0) {
    const message = `${key} is empty: give at least one broker, as 'host:9092'`
    throw new ConfigError('MISSING', message, { key, value: [], allowed: 'host:port, …' })
  }
  // A password may contain commas: then an entry without one may be part of a password.
  const shown = entries.some((entry) => entry.includes('@')) ? pieceShown : asItIs
  return Object.freeze(entries.map((entry) => parseAddress(entry, shown)))
}

function parseAddress(entry: string, shown: (entry: string) => string): Address {
  const match = shape.exec(entry)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined) throw refusal('INVALID_VALUE', shown(entry), reasonOf(entry))
  const port = Number(match?.[3])
  if (port < 1 || port > 65535) {
    throw refusal('OUT_OF_RANGE', shown(entry), 'its port is not 1 … 65535')
  }
  return Object.freeze({ host, port })
}

function asItIs(entry: string): string {
  return entry
}

function pieceShown(entry: string): string {
  return entry.includes('@') ? withoutLogin(entry) : '[hidden]'
}

function reasonOf(entry: string): string {
  if (/^["']|["']$/.test(entry)) return 'remove the quotes, which are part of the value'
  if (entry.includes('@')) return 'it must not contain a user name or a password'
  if (entry.endsWith('/')) return 'it must not end in a slash'
  if (!/:\d+$/.test(entry)) return 'it ends without a port, as in host:9092'
  return 'it is not host:port'
}

function refusal(code: 'INVALID_VALUE' | 'OUT_OF_RANGE', shown: string, why: string): ConfigError {
  const message = `${key}: '${shown}' is not valid: ${why}`
  return new ConfigError(code, message, { key, value: shown, allowed: 'host:port, port 1 … 65535' })
}
