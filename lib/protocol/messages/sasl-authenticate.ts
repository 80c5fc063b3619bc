// SaslAuthenticate: a token of a mechanism, and the broker's answer to it (KIP-152). v1 tells how long
// the session lasts (KIP-368), v2 is flexible.

import { api } from '../message.ts'
import { bytes, int16, int64, nullable, string } from '../types.ts'

export const SaslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexible: 2,
  request: { authBytes: bytes },
  response: {
    errorCode: int16,
    errorMessage: nullable(string),
    authBytes: bytes,
    sessionLifetimeMs: int64.since(1, 0n).ignorable(),
  },
})
