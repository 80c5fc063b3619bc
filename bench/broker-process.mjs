// Starts broker.mjs. It ends with `stop`, or with this process.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('broker.mjs', import.meta.url))

/** `kind` is `mock` or `null`, `security` PLAINTEXT, SSL or SASL_SSL (`me`, `secret`); the topic is `bench`. */
export async function startBroker(kind, partitions, security = 'PLAINTEXT') {
  const child = fork(program, [kind, String(partitions), security], { execArgv: [] })
  const [{ bootstrapServers, settings }] = await once(child, 'message')
  const stop = async () => {
    child.disconnect()
    await once(child, 'exit')
  }
  return { bootstrapServers, settings, stop }
}
