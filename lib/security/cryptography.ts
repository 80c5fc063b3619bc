// The machine's own cryptography, as a Runtime without one has it.

import { pbkdf2, randomBytes } from 'node:crypto'
import type { Cryptography } from '../runtime.ts'

export const machine: Cryptography = {
  randomBytes: (count) => randomBytes(count),
  pbkdf2({ password, salt, iterations, hash, length }, done) {
    pbkdf2(password, salt, iterations, length, hash, (error, key) => done(error ? null : key))
  },
}
