/**
 * The name that the broker is sent (SNI): a host name; none for an IP address (RFC 6066). Node's own test
 * for addresses would load another module.
 */
export function serverName(host: string): string {
  const isAddress = host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
  return isAddress ? '' : host
}
