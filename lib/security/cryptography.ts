// The machine's own cryptography, as a Runtime without one has it.

import type { Cryptography } from '../runtime.ts'
import { nodeCrypto } from './builtin.ts'

export const machine: Cryptography = {
  randomBytes: (count) => nodeCrypto().randomBytes(count),
  pbkdf2({ password, salt, iterations, hash, length }, done) {
    const { pbkdf2 } = nodeCrypto()
    pbkdf2(password, salt, iterations, length, hash, (error, key) => done(error ? null : key))
  },
}
