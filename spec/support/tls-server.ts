// A TLS server on loopback that answers ApiVersions as a broker does, with certificates of
// spec/support/certificates; and the connection of a client with a spec's settings to it.

import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import type { ProducerConfig } from '../../lib/config/producer-config.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import { apiByKey } from '../../lib/protocol/apis.ts'
import { decodeRequest } from '../../lib/protocol/headers.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import type { Tls } from '../../lib/runtime.ts'
import { Connection } from '../../lib/wire/connection.ts'
import type { ConnectionOptions } from '../../lib/wire/connection-options.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { realRuntime } from '../../lib/wire/transport.ts'
import { certificateText } from './certificates.ts'
import { allVersions, answerTo, apiKeys } from './fake-broker.ts'

const open: (Server | Socket)[] = []

/** Ends all servers and connections of a spec. */
export function closeServers(): void {
  for (const thing of open.splice(0)) {
    if ('destroy' in thing) thing.destroy()
    else thing.close()
  }
}

/** Listens on a free port of loopback, and returns it. */
export async function listen(server: Server): Promise<number> {
  open.push(server)
  for (const name of ['connection', 'secureConnection']) {
    server.on(name, (socket: Socket) => {
      socket.on('error', () => {})
      open.push(socket)
    })
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return (server.address() as { port: number }).port
}

/** A port at which `act` gets the plaintext connections. */
export function plainPort(act: (socket: Socket) => void): Promise<number> {
  return listen(createPlainServer(act))
}

export interface TlsServerOptions extends TlsOptions {
  /** The name of its certificate. */
  readonly certificate?: string
  readonly onSecure?: (socket: TLSSocket) => void
}

/** A broker's TLS listener, with ApiVersions only. */
export function tlsPort(options: TlsServerOptions = {}): Promise<number> {
  const { certificate = 'server', onSecure, ...others } = options
  const key = certificate === 'self' ? 'server' : certificate
  const server = createServer(
    {
      key: certificateText(`${key}-key.pem`),
      cert: certificateText(`${certificate}.pem`),
      ...others,
    },
    (socket) => {
      onSecure?.(socket)
      const frames = new FrameSplitter('client')
      socket.on('data', (chunk) => {
        frames.push(chunk)
        const frame = frames.next()
        if (frame === null) return
        const { correlationId, version } = decodeRequest(frame, apiByKey)
        const body = { errorCode: 0, apiKeys: apiKeys(allVersions) }
        socket.write(answerTo({ api: ApiVersions, version, correlationId }, body))
      })
    },
  )
  server.on('tlsClientError', () => {})
  return listen(server)
}

/** How `settings` secure connections; they trust the authority of the specs by default. */
export function tlsOf(settings: Partial<ProducerConfig> = {}): Tls {
  const trusted = { 'ssl.truststore.type': 'PEM' } as const
  const certificates = { 'ssl.truststore.certificates': certificateText('authority.pem') }
  const all = {
    'bootstrap.servers': 'a:1',
    'security.protocol': 'SSL',
    ...('ssl.truststore.location' in settings ? {} : { ...trusted, ...certificates }),
    ...settings,
  } as ProducerConfig
  return resolveConfig(all).security.tls!
}

/** How a connection to this port ends: with an error, or null if it became ready. */
export function connect(
  port: number,
  tls: Tls | null,
  over: Partial<ConnectionOptions> & { host?: string } = {},
): Promise<KafkaError | null> {
  const { host = 'localhost', ...others } = over
  const options: ConnectionOptions = {
    address: { host, port },
    node: -1,
    clientId: 'spec',
    softwareName: 'to-kafka',
    softwareVersion: '1.0',
    maxInFlight: 5,
    requestTimeoutMs: 30_000,
    setupTimeoutMs: 30_000,
    maxIdleMs: -1,
    security: tls === null ? null : { tls, mechanism: null },
    ...others,
  }
  return new Promise((resolve) => {
    const connection: Connection = new Connection(options, realRuntime, {
      // A turn later, because sessions of TLS 1.3 arrive with the first bytes.
      ready: () => setImmediate(() => connection.close()),
      slot() {},
      closed: resolve,
    })
  })
}
