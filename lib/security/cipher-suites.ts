// Names of cipher suites: Java uses those of IANA, Node those of OpenSSL. TLS 1.3 has one set of names for
// both; for older versions a rule converts the names.

/** OpenSSL's name for a suite with an IANA name; OpenSSL's own names are unchanged. */
export function opensslName(suite: string): string {
  const older = /^TLS_(\w+?)_WITH_(\w+)$/.exec(suite)
  if (older === null) return suite
  const [, exchange, cipher] = older as unknown as [string, string, string]
  const parts = exchange === 'RSA' ? [] : [exchange.replaceAll('_', '-').replace('DH-anon', 'ADH')]
  return [...parts, cipherName(cipher)].join('-')
}

function cipherName(cipher: string): string {
  return cipher
    .replace('3DES_EDE_CBC', 'DES-CBC3')
    .replace(/^(AES|ARIA|CAMELLIA)_(\d+)_/, '$1$2_')
    .replace(/_CBC_/, '_')
    .replace(/_CCM_8$/, '_CCM8')
    .replace(/^CHACHA20_POLY1305_SHA256$/, 'CHACHA20_POLY1305')
    .replaceAll('_', '-')
}
