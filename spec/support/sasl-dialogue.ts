// A mechanism and a server for it, exchanging tokens without a network.

import { pbkdf2Sync } from 'node:crypto'
import type { Cryptography, Runtime } from '../../lib/runtime.ts'
import type { Exchange, Mechanism, StepResult } from '../../lib/security/security.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'

/** Derives keys in the same turn, and counts how often. */
export function countedCryptography(): Cryptography & { derived: number } {
  let chance = 0
  return {
    derived: 0,
    randomBytes: (count) => {
      chance += 1
      return new Uint8Array(count).fill(chance)
    },
    pbkdf2({ password, salt, iterations, length, hash }, done) {
      this.derived += 1
      done(pbkdf2Sync(password, salt, iterations, length, hash))
    },
  }
}

export function runtimeOf(cryptography?: Cryptography, clock = new VirtualClock()): Runtime {
  const transport = {
    connect(): never {
      throw new Error('no network here')
    },
  }
  return { clock, random: () => 0.5, transport, cryptography }
}

export const address = { host: 'broker.example', port: 9092 }

export function begin(mechanism: Mechanism, runtime = runtimeOf(countedCryptography())): Exchange {
  return mechanism.begin({ address, runtime })
}

/** The result of one step, once there is one. */
export function stepped(exchange: Exchange, token: Uint8Array | string = ''): Promise<StepResult> {
  return new Promise((resolve) => exchange.step(Buffer.from(token), resolve))
}

/** The text that a step sends. Throws the error of the step. */
export async function said(exchange: Exchange, token: Uint8Array | string = ''): Promise<string> {
  const result = await stepped(exchange, token)
  if (result.kind === 'failed') throw result.cause
  return result.kind === 'send' ? Buffer.from(result.token).toString() : '(done)'
}
