import { createServer, type LookupFunction, type Socket as TcpSocket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SocketEvents } from '../../lib/runtime.ts'
import { type ReverseFunction, tcpTransport } from '../../lib/wire/transport.ts'

// The spec's own DNS: forward, from host to addresses, and reverse, from address to name.

interface Zone {
  readonly hosts: Readonly<Record<string, readonly string[]>>
  readonly names?: Readonly<Record<string, string>>
}

function dnsOf({ hosts, names = {} }: Zone) {
  const asked: string[] = []
  const unknown = (what: string) =>
    Object.assign(new Error(`ENOTFOUND ${what}`), { code: 'ENOTFOUND' })
  const lookup: LookupFunction = (host, options, done) => {
    asked.push(host)
    const found = hosts[host]?.map((address) => ({ address, family: 4 }))
    setImmediate(() => {
      if (found === undefined) done(unknown(host), '', 4)
      else if (options.all === true) done(null, found)
      else done(null, found[0]!.address, 4)
    })
  }
  const reverse: ReverseFunction = (address, _port, done) => {
    asked.push(address)
    const name = names[address]
    setImmediate(() => done(name === undefined ? unknown(address) : null, name ?? ''))
  }
  return { asked, transport: tcpTransport(lookup, reverse) }
}

async function listen(): Promise<number> {
  const sockets: TcpSocket[] = []
  const server = createServer((socket) => sockets.push(socket.on('error', () => {})))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return (server.address() as { port: number }).port
}

/** What a connection to `kafka.test` reports until it is established or has ended. */
async function fare(zone: Zone, failures = 0, host = 'kafka.test'): Promise<string[]> {
  const port = await listen()
  return new Promise((resolve) => {
    const log: string[] = []
    const events: SocketEvents = {
      resolved: (name) => log.push(`resolved ${name}`),
      connected: () => {
        log.push('connected')
        socket.destroy()
      },
      data() {},
      closed: (cause) => {
        log.push(`closed ${cause?.message ?? 'in order'}`)
        resolve(log)
      },
    }
    const { transport } = dnsOf(zone)
    const socket = transport.connect({ host, port }, events, failures, null, true)
    log.push('connect returned')
  })
}

const there = ['connected', 'closed in order']

describe('a connection with a canonical name', () => {
  it('uses the name that the DNS has for an address of the host', async () => {
    const hosts = { 'kafka.test': ['127.0.0.1'], 'one.test': ['127.0.0.1'] }
    expect(await fare({ hosts, names: { '127.0.0.1': 'one.test' } })).toEqual([
      'connect returned',
      'resolved one.test',
      ...there,
    ])
  })

  it('starts with the next address at each attempt', async () => {
    const hosts = {
      'kafka.test': ['127.0.0.2', '127.0.0.1'],
      'one.test': ['127.0.0.2', '127.0.0.1'],
      'two.test': ['127.0.0.1'],
    }
    const names = { '127.0.0.2': 'one.test', '127.0.0.1': 'two.test' }
    expect((await fare({ hosts, names }, 1))[1]).toBe('resolved two.test')
    expect((await fare({ hosts, names }, 2))[1]).toBe('resolved one.test')
  })

  it('uses the address if it has no name', async () => {
    const zone = { hosts: { 'kafka.test': ['127.0.0.1'] } }
    expect(await fare(zone)).toEqual(['connect returned', 'resolved 127.0.0.1', ...there])
  })

  it.each([
    ['leads elsewhere', ['127.0.0.9']],
    ['is not known', undefined],
  ])('uses the address if its name %s, as in Java', async (_, addresses) => {
    const hosts = {
      'kafka.test': ['127.0.0.1'],
      ...(addresses !== undefined && { 'liar.test': addresses }),
    }
    expect((await fare({ hosts, names: { '127.0.0.1': 'liar.test' } }))[1]).toBe(
      'resolved 127.0.0.1',
    )
  })

  it('is also made for an address in the configuration', async () => {
    const hosts = { '127.0.0.1': ['127.0.0.1'], 'one.test': ['127.0.0.1'] }
    const zone = { hosts, names: { '127.0.0.1': 'one.test' } }
    expect((await fare(zone, 0, '127.0.0.1'))[1]).toBe('resolved one.test')
  })

  it.each([
    ['not known', {}, 'closed ENOTFOUND kafka.test'],
    ['known without an address', { 'kafka.test': [] }, 'closed kafka.test has no address'],
  ])('fails if the host is %s', async (_, hosts, end) => {
    expect(await fare({ hosts })).toEqual(['connect returned', end])
  })

  it('that is closed while names are looked up ends once, and connects to nothing', async () => {
    const { transport, asked } = dnsOf({ hosts: { 'kafka.test': ['127.0.0.1'] } })
    const log: string[] = []
    await new Promise<void>((closed) => {
      const told = (what: string) => () => log.push(what)
      const socket = transport.connect(
        { host: 'kafka.test', port: 1 },
        {
          resolved: told('resolved'),
          connected: told('connected'),
          data() {},
          closed: (cause) => {
            log.push(`closed ${cause}`)
            setImmediate(() => setImmediate(() => setImmediate(closed)))
          },
        },
        0,
        null,
        true,
      )
      socket.destroy()
      socket.destroy()
      log.push('destroy returned')
    })
    expect(log).toEqual(['destroy returned', 'closed null'])
    expect(asked).toEqual(['kafka.test'])
  })
})
