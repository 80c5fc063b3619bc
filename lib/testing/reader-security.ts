// How a reader connects to secured brokers: with a producer's settings, and the producer's own code for TLS
// and logins. The reader still parses by itself what it reads.

import type { ProducerConfig } from '../config/producer-config.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Address } from '../runtime.ts'
import type { Mechanism } from '../security/security.ts'
import type { SecuritySettings } from '../security/security-settings.ts'
import { addressText } from '../wire/address-text.ts'
import { Login } from '../wire/login.ts'
import { slowLogin } from '../wire/loss.ts'
import { nodeTimers } from '../wire/node-time.ts'
import { realRuntime } from '../wire/transport.ts'

/** The TLS and login of connections. Throws a ConfigError as a producer does. */
export function readerSecurity(config: Partial<ProducerConfig>): SecuritySettings {
  return resolveConfig({ ...config, 'bootstrap.servers': 'localhost:9092' }).security
}

/** What a login needs from a connection. */
export interface LoginLine {
  readonly address: Address
  /** Whether the broker knows the API. */
  knows(api: Api): boolean
  ask<A extends Api>(api: A, body: RequestInput<A>): Promise<ResponseOf<A>>
}

/** Logs in; returns the session's milliseconds, 0: as long as the connection lives. */
export function logIn(line: LoginLine, mechanism: Mechanism, patienceMs: number): Promise<number> {
  return new Promise((resolve, reject: (cause: unknown) => void) => {
    const end = (cause: unknown) => {
      nodeTimers.clearTimeout(timer)
      login.cancel()
      reject(cause)
    }
    const limitMs = patienceMs + (mechanism.patienceMs ?? 0)
    const login = new Login(mechanism, { address: line.address, node: -1 }, realRuntime, {
      ask: (api, body, answered) => void line.ask(api, body).then(answered).catch(end),
      knows: (api) => line.knows(api),
      done: (sessionMs) => {
        nodeTimers.clearTimeout(timer)
        resolve(sessionMs)
      },
      failed: end,
      turn: (work) => work(),
    })
    const slow = () => end(slowLogin(mechanism.name, addressText(line.address), limitMs))
    const timer = nodeTimers.setTimeout(slow, limitMs)
    login.begin()
  })
}
