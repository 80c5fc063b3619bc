import { createServer, type LookupFunction, type Server, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { realRuntime, tcpTransport } from '../../lib/wire/transport.ts'
import { configFor, producerFor, startCluster } from '../support/scenario.ts'

// A bootstrap host with two addresses, of which the first is dead although it accepts connections:
// each attempt begins with the next address (KIP-602). The DNS lookup is the spec's own.

const dead = '127.0.0.2'

/** `kafka.test` has these addresses; other hosts are addresses already, and are never looked up. */
const lookup: LookupFunction = (_host, options, done) => {
  const all = [dead, '127.0.0.1'].map((address) => ({ address, family: 4 }))
  setImmediate(() => (options.all === true ? done(null, all) : done(null, dead, 4)))
}

async function listenAtDead(port: number, taken: (socket: Socket) => void): Promise<Server> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    taken(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((listening) => server.listen(port, dead, listening))
  return server
}

// Only on Linux does a machine have more than one loopback address.
describe.skipIf(process.platform !== 'linux')('the second address of a host', () => {
  it.each([
    ['sends nothing', () => {}],
    ['closes the connection', (socket: Socket) => socket.destroy()],
  ])('is reached if the first accepts connections and %s', async (_, taken) => {
    const cluster = await startCluster()
    const port = Number(cluster.bootstrapServers.split(':')[1])
    let attempts = 0
    await listenAtDead(port, (socket) => {
      attempts += 1
      taken(socket)
    })
    const runtime = { ...realRuntime, transport: tcpTransport(lookup) }
    const config = configFor({ bootstrapServers: `kafka.test:${port}` })
    const producer = producerFor(
      { bootstrapServers: `kafka.test:${port}` },
      { ...config, 'request.timeout.ms': 500 },
      { runtime },
    )

    const { offset } = await producer.send({ topic: 't', value: 'x' })

    expect(offset).toBe(0)
    expect(attempts).toBeGreaterThan(0)
  })
})
