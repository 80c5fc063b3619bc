// The certificates that are trusted where no trust store is given: those that Node trusts (its own,
// NODE_EXTRA_CA_CERTS, and what its flags add), and, if an authority is not among them, those of the
// operating system as well (where Node can tell them: 22.15, 23.9 and later) and of SSL_CERT_FILE.
// The latter are read only then, for to load all of them takes a tenth of a second.

import { environment, nodeFs, nodeTls } from './builtin.ts'
import { pemBlocks } from './pem.ts'

/** What OpenSSL calls a certificate that leads to nobody who is trusted. */
const untrusted: ReadonlySet<unknown> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
])

/** Whether a handshake failed because the broker's certificate leads to nobody who is trusted. */
export function isUntrusted(cause: Error): boolean {
  return untrusted.has((cause as NodeJS.ErrnoException).code)
}

/** The roots beside those that Node brings with it, as PEM. Those that cannot be read are left out. */
export function otherRoots(): readonly string[] {
  const { getCACertificates } = nodeTls() as {
    getCACertificates?: (kind: 'system') => readonly string[]
  }
  const system = getCACertificates === undefined ? [] : getCACertificates('system')
  const files = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].map(environment)
  return [...new Set([...system, ...files.flatMap(rootsOfFile)])]
}

function rootsOfFile(path: string | null): readonly string[] {
  if (path === null) return []
  try {
    const blocks = pemBlocks(nodeFs().readFileSync(path, 'utf8'))
    return blocks.filter(({ label }) => label.endsWith('CERTIFICATE')).map(({ text }) => text)
  } catch {
    return []
  }
}
