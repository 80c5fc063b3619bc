import type { LookupFunction } from 'node:net'
import { isKafkaError, type ProducerConfig } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import type { Mechanism, StepResult } from '../../lib/security/security.ts'
import { realRuntime, tcpTransport } from '../../lib/wire/transport.ts'
import { configFor, producerFor, startCluster } from '../support/scenario.ts'

// Names of bootstrap servers, with the spec's own DNS: which names a connection uses
// (client.dns.lookup), and for how long they may be unresolved (bootstrap.resolve.timeout.ms).

const canonical = {
  'client.dns.lookup': 'resolve_canonical_bootstrap_servers_only',
} as const satisfies Partial<ProducerConfig>

type Found = Parameters<Parameters<LookupFunction>[2]>

/** All hosts that `isKnown` accepts are this machine; its address is called `localhost`. */
function namesOf(isKnown: (host: string) => boolean) {
  const lookup: LookupFunction = (host, options, done) => {
    const unknown = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
    const address = '127.0.0.1'
    const found: Found =
      options.all === true ? [null, [{ address, family: 4 }]] : [null, address, 4]
    setImmediate(() => done(...(isKnown(host) ? found : ([unknown, '', 4] as Found))))
  }
  const transport = tcpTransport(lookup, (_address, _port, done) =>
    setImmediate(() => done(null, 'localhost')),
  )
  return { runtime: { ...realRuntime, transport } }
}

const portOf = ({ bootstrapServers }: { bootstrapServers: string }) =>
  bootstrapServers.split(',')[0]!.split(':')[1]!

describe('client.dns.lookup', () => {
  it('connects to bootstrap servers by the names in their certificates', async () => {
    const cluster = await startCluster({ listeners: { security: 'SSL' } })
    const servers = { bootstrapServers: `kafka.test:${portOf(cluster)}` }
    const deliver = (more: Partial<ProducerConfig>) => {
      const config = { ...configFor(servers), ...cluster.clientSettings, ...more }
      const producer = producerFor(
        servers,
        config,
        namesOf(() => true),
      )
      return producer.send({ topic: 't', value: 'x' })
    }

    const failure = await deliver({}).catch((error) => error)
    const { offset } = await deliver(canonical)

    expect(isKafkaError(failure) && failure.code).toBe('AUTHENTICATION_FAILED')
    expect(String(failure.cause)).toContain('kafka.test')
    expect(offset).toBe(0)
  })

  it('gives a mechanism the canonical name, and connects to brokers by their advertised names', async () => {
    const cluster = await startCluster({
      listeners: { security: 'SASL_PLAINTEXT', users: { ada: 'secret' } },
    })
    const servers = { bootstrapServers: `kafka.test:${portOf(cluster)}` }
    const hosts: string[] = []
    const plain: Mechanism = {
      name: 'PLAIN',
      begin: ({ address }) => {
        hosts.push(address.host)
        const token = Buffer.from('\0ada\0secret')
        const results: StepResult[] = [{ kind: 'send', token }, { kind: 'done' }]
        return { step: (_, resume) => resume(results.shift()!) }
      },
    }
    const config = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': plain } as const
    const producer = producerFor(
      servers,
      { ...configFor(servers), ...config, ...canonical },
      namesOf(() => true),
    )
    await producer.send({ topic: 't', value: 'x' })
    expect(hosts).toEqual(['localhost', '127.0.0.1'])
  })
})

describe('bootstrap.resolve.timeout.ms', () => {
  const servers = { bootstrapServers: 'kafka-1.test:9092,kafka-2.test:9092' }

  it('fails all waiting records for good if no host name resolved in time', async () => {
    const producer = producerFor(
      servers,
      { ...configFor(servers), 'bootstrap.resolve.timeout.ms': 100 },
      namesOf(() => false),
    )
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'done',
        (error) => error.code,
      )

    const first = await Promise.all([
      code(producer.send({ topic: 't', value: 'x' })),
      code(producer.partitionsFor('t')),
    ])
    const second = await code(producer.send({ topic: 't', value: 'y' }))
    const why: Error = await producer.closed.catch((error) => error)

    expect([...first, second]).toEqual(Array(3).fill('BOOTSTRAP_UNRESOLVED'))
    expect(producer.state).toBe('failed')
    expect(why.message).toContain('kafka-1.test:9092, kafka-2.test:9092')
    expect(String(why.cause)).toContain('ENOTFOUND')
  })

  it('accepts a name that resolves in time', async () => {
    const cluster = await startCluster()
    let asked = 0
    const there = { bootstrapServers: `kafka.test:${portOf(cluster)}` }
    const producer = producerFor(
      there,
      { ...configFor(there), 'bootstrap.resolve.timeout.ms': 60_000 },
      namesOf(() => {
        asked += 1
        return asked > 3
      }),
    )
    const { offset } = await producer.send({ topic: 't', value: 'x' })
    expect(offset).toBe(0)
  })
})
