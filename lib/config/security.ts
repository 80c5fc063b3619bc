// The security of a configuration, made from its keys: `security.protocol` selects the parts, and each part
// reads its own keys.

import { type SecuritySettings, usesSasl, usesTls } from '../security/security-settings.ts'
import type { Draft } from './checks.ts'
import { saslOf } from './sasl.ts'
import { tlsOf } from './tls.ts'

/** Both parts; a part that the protocol does not use is null, and its keys have no effect. */
export function securityOf(draft: Draft): SecuritySettings {
  const protocol = draft.parsed['security.protocol']
  if (!usesTls(protocol)) noteIdle(draft, 'ssl.')
  if (!usesSasl(protocol)) noteIdle(draft, 'sasl.')
  return Object.freeze({
    protocol,
    tls: usesTls(protocol) ? tlsOf(draft) : null,
    sasl: usesSasl(protocol) ? saslOf(draft) : null,
  })
}

/** Keys for a part that the protocol does not use: Java ignores them, too. */
function noteIdle({ parsed, given, notices }: Draft, prefix: string): void {
  for (const key of given) {
    if (!key.startsWith(prefix)) continue
    notices.push(`${key} has no effect: security.protocol is ${parsed['security.protocol']}`)
  }
}
