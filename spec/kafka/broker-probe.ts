// Checks whether a Kafka broker serves on a port, with the oldest Metadata request, written by
// hand, so that readiness does not depend on the code under test. Free ports come from here, too.

import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const pollMs = 50
const answerLimitMs = 2_000

// [length:int32][apiKey:int16 Metadata][version:int16 1][correlationId:int32][clientId:int16 null]
// [topics:int32 none]
const question = Buffer.from('0000000e' + '0003' + '0001' + '00000001' + 'ffff' + '00000000', 'hex')

/** The number of brokers that the broker on this loopback port lists; null if none answers. */
export function brokersKnownTo(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = connect(port, '127.0.0.1', () => socket.write(question))
    const end = (known: number | null) => {
      socket.destroy()
      resolve(known)
    }
    socket.setTimeout(answerLimitMs, () => end(null))
    socket.on('error', () => end(null))
    socket.on('close', () => end(null))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      // [length:int32][correlationId:int32][brokers:int32 count]…
      if (answer.length >= 12) end(answer.readInt32BE(8))
    })
  })
}

/** Whether anything listens on this loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
  })
}

/** Polls until `holds`; after `limitMs` throws an error with the result of `what`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
  what: () => string,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what()} (waited ${limitMs} ms)`)
    await pause(pollMs)
  }
}

/**
 * Loopback ports that were free a moment ago. Code that binds one must be ready to lose the race.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

function listening(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
