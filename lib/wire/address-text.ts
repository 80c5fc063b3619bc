import type { Address } from '../runtime.ts'

// Addresses in errors and events: `host:port`, with an IPv6 host in brackets, as in bootstrap.servers. And
// the reverse: the host without brackets.

/** An IPv6 host in brackets, as some proxies send it: no resolver accepts it like this. */
const bracketed = /^\[([^\]]*)\]$/

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The host for a resolver, from a host that a broker sent. */
export function hostTold(host: string): string {
  return bracketed.exec(host)?.[1] ?? host
}
