import type { Address } from '../runtime.ts'

// How an address is shown, in errors and events: `host:port`, an IPv6 host in brackets, as
// bootstrap.servers takes it. And back: the host without them.

/** An IPv6 host in brackets, as some proxies tell it: no resolver takes it so. */
const bracketed = /^\[([^\]]*)\]$/

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The host that a resolver takes, of one that a broker told. */
export function hostTold(host: string): string {
  return bracketed.exec(host)?.[1] ?? host
}
