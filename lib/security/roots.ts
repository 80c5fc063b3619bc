// The certificates that are trusted without a trust store: those of Node (its own, NODE_EXTRA_CA_CERTS, and
// those added by its flags). If an authority is not among them, also those of the operating system (if Node
// can list them: 22.15, 23.9 and later) and of SSL_CERT_FILE. These are read only then, because loading all
// of them takes a tenth of a second.

import { environment, nodeFs, nodeTls } from './builtin.ts'
import { pemBlocks } from './pem.ts'

/** OpenSSL's codes for a certificate that leads to no trusted authority. */
const untrusted: ReadonlySet<unknown> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
])

/** Whether a handshake failed because the broker's certificate leads to no trusted authority. */
export function isUntrusted(cause: Error): boolean {
  return untrusted.has((cause as NodeJS.ErrnoException).code)
}

/** The roots besides Node's own, as PEM. Unreadable ones are left out. */
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
