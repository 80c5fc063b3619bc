// TLS to a token endpoint: the `ssl.*` options of the JAAS line, as in Java (JaasOptionsUtils). The
// producer's own `ssl.*` keys are only for brokers. Called by oauthbearer.ts.

import type { Tls } from '../runtime.ts'
import { type KeyName, keys, type Parsed } from './keys.ts'
import type { OAuthDraft } from './oauthbearer-grants.ts'
import { parseValue } from './parse.ts'
import { tlsOf } from './tls.ts'

/** Null: Node's default, which trusts its own roots. Reads every named store. */
export function endpointTls({ options, notices }: OAuthDraft, scheme: string): Tls | null {
  if (scheme !== 'https:') return null
  const defaults = Object.entries(keys).map(([name, key]) => [name, key.default])
  const parsed = Object.fromEntries(defaults) as Record<string, unknown>
  const given = new Set<KeyName>()
  for (const [name, value] of options) {
    if (!name.startsWith('ssl.') || !Object.hasOwn(keys, name)) continue
    parsed[name] = parseValue(name, keys[name as KeyName], value)
    given.add(name as KeyName)
  }
  return given.size === 0 ? null : tlsOf({ parsed: parsed as Parsed, given, notices })
}
