import { domainToASCII } from 'node:url'

/**
 * What the broker is told it was called (SNI, RFC 6066): a host name in ASCII, without the dot that may end it; and
 * of an IP address nothing. Certificates have names in ASCII, too. Node's own test for addresses would load another
 * module.
 */
export function serverName(host: string): string {
  const isAddress = host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
  if (isAddress) return ''
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  return isAscii.test(name) ? name : domainToASCII(name)
}

const isAscii = /^[\x20-\x7e]*$/
