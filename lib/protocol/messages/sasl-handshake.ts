// SaslHandshake: selects the mechanism. v0 is followed by bare tokens, v1 by SaslAuthenticate (KIP-152).
// Both have the same layout, and there will be no other (KAFKA-9577).

import { api } from '../message.ts'
import { arrayOf, int16, string } from '../types.ts'

export const SaslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexible: Number.POSITIVE_INFINITY,
  request: { mechanism: string },
  response: { errorCode: int16, mechanisms: arrayOf(string) },
})
