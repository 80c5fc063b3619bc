import { connect as connectTcp, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServers, connect, plainPort, tlsOf, tlsPort } from '../support/tls-server.ts'

// TLS with a hostile server, on real sockets. It sends the damaged bytes of a broker, or what no
// server sends. Goal: an error within the set-up timeout, and the process continues.

afterEach(closeServers)

/**
 * For handshakes that only the timeout ends. The others have half a minute, and need none of it.
 */
const setupTimeoutMs = 250

/** A port in front of a real TLS server, whose bytes `spoil` passes on in its own way. */
async function spoilt(version: Version, spoil: (bytes: Buffer, client: Socket) => void) {
  const port = await tlsPort({ minVersion: version, maxVersion: version })
  return plainPort((client) => {
    const server = connectTcp({ port, host: '127.0.0.1' })
    server.on('error', () => {})
    client.on('data', (bytes) => server.write(bytes))
    client.on('close', () => server.destroy())
    server.once('data', (bytes) => spoil(bytes, client))
  })
}

/** The TLS records in these bytes. */
function recordsOf(bytes: Buffer): Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    records.push(bytes.subarray(at, end))
    at = end
  }
  return records
}

/** A record of a given size, of a handshake message that continues. */
function endless(): Buffer {
  return Buffer.concat([Buffer.from('1603034000', 'hex'), Buffer.from('02ffffff', 'hex')])
}

const versions = ['TLSv1.2', 'TLSv1.3'] as const
type Version = (typeof versions)[number]

describe.each(versions)('a handshake of %s', (version) => {
  it.each<[string, string, (bytes: Buffer, client: Socket) => void]>([
    ['is cut in the middle', 'DISCONNECTED', (bytes, client) => client.end(bytes.subarray(0, 60))],
    [
      'stops in the middle',
      'CONNECT_TIMEOUT',
      (bytes, client) => client.write(bytes.subarray(0, 60)),
    ],
    [
      'has its messages in another order',
      'TLS_FAILED',
      (bytes, client) => client.write(Buffer.concat(recordsOf(bytes).reverse())),
    ],
    [
      'has its first message twice',
      'TLS_FAILED',
      (bytes, client) => client.write(Buffer.concat([recordsOf(bytes)[0]!, bytes])),
    ],
    [
      'begins with what only comes after it',
      'TLS_FAILED',
      (_, client) => client.write(Buffer.from(`17030300${'20'}${'00'.repeat(32)}`, 'hex')),
    ],
    [
      'is a record that is too long',
      'TLS_FAILED',
      (_, client) =>
        client.write(Buffer.concat([Buffer.from('160303ffff', 'hex'), Buffer.alloc(65_535)])),
    ],
    [
      'is a message that never ends',
      'CONNECT_TIMEOUT',
      (_, client) => {
        client.write(endless().subarray(0, 7))
        const more = setInterval(() => client.write(Buffer.alloc(1)), 5)
        client.on('close', () => clearInterval(more))
      },
    ],
    [
      'is an endless list of warnings',
      'TLS_FAILED',
      (_, client) => client.write(Buffer.from('15030300020164'.repeat(1_000), 'hex')),
    ],
  ])('that %s fails in time', async (_, code, spoil) => {
    const port = await spoilt(version, spoil)
    const limit = code === 'CONNECT_TIMEOUT' ? { setupTimeoutMs } : {}
    const error = await connect(port, tlsOf(), limit)

    expect(error).toMatchObject({ code, message: expect.stringContaining(`localhost:${port}`) })
  })
})
