// The security that a configuration asks for, made of its keys: `security.protocol` says which parts
// there are, and each part reads its own keys.

import type { Tls } from '../runtime.ts'
import { type SecuritySettings, usesSasl, usesTls } from '../security/security-settings.ts'
import type { Draft } from './checks.ts'

/** Both parts; what the protocol does not use is null, and its keys have no effect. */
export function securityOf(draft: Draft): SecuritySettings {
  const protocol = draft.parsed['security.protocol']
  return Object.freeze({
    protocol,
    tls: usesTls(protocol) ? tlsOf(draft) : null,
    sasl: usesSasl(protocol) ? saslOf(draft) : null,
  })
}

function tlsOf(_draft: Draft): Tls | null {
  return null
}

function saslOf(_draft: Draft): null {
  return null
}
