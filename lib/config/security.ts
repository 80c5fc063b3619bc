// The security that a configuration asks for, made of its keys: `security.protocol` says which parts
// there are, and each part reads its own keys.

import { type SecuritySettings, usesSasl, usesTls } from '../security/security-settings.ts'
import type { Draft } from './checks.ts'
import { saslOf } from './sasl.ts'
import { tlsOf } from './tls.ts'

/** Both parts; what the protocol does not use is null, and its keys have no effect. */
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

/** Keys that were given for a part that the protocol has not: Java passes them by, too. */
function noteIdle({ parsed, given, notices }: Draft, prefix: string): void {
  for (const key of given) {
    if (!key.startsWith(prefix)) continue
    notices.push(`${key} has no effect: security.protocol is ${parsed['security.protocol']}`)
  }
}
