/**
 * What the broker is told it was called (SNI): a host name, and of an IP address nothing (RFC 6066). Node's
 * own test for addresses would load another module.
 */
export function serverName(host: string): string {
  const isAddress = host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
  return isAddress ? '' : host
}
