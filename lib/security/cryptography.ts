// The machine's own cryptography, for a Runtime that has none.

import type { Cryptography } from '../runtime.ts'
import { nodeCrypto } from './builtin.ts'

export const machine: Cryptography = {
  randomBytes: (count) => nodeCrypto().randomBytes(count),
  pbkdf2({ password, salt, iterations, hash, length }, done) {
    const { pbkdf2 } = nodeCrypto()
    pbkdf2(password, salt, iterations, length, hash, (error, key) => done(error ? null : key))
  },
}
