import type { Address } from '../runtime.ts'

// How an address is shown, in errors and events: `host:port`, an IPv6 host in brackets, as
// bootstrap.servers takes it.

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
