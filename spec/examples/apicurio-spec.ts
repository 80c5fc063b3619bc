import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { registeredProducer, registeredRecords } from '../../examples/apicurio.ts'
import { configFor, producerFor, startCluster } from '../support/scenario.ts'

const schema = '{"type":"object"}'
const artifact = '/apis/registry/v3/groups/shop/artifacts/orders-value/versions/branch=latest'

/**
 * The part of Apicurio's registry that serializers use: one artifact, whose content has the id 7.
 */
async function startRegistry() {
  const asked: string[] = []
  const answers: Readonly<Record<string, string>> = {
    [artifact]: JSON.stringify({ version: '1', globalId: 9, contentId: 7 }),
    '/apis/registry/v3/ids/contentIds/7': schema,
  }
  const server = createServer((request, response) => {
    asked.push(request.url!)
    const answer = answers[request.url!]
    response.writeHead(answer === undefined ? 404 : 200).end(answer)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const encode = (value: unknown, by: string) => {
    expect(by).toBe(schema)
    return Buffer.from(JSON.stringify(value))
  }
  return {
    asked,
    registry: { url: `http://127.0.0.1:${port}/apis/registry/v3`, group: 'shop', encode },
  }
}

describe("Apicurio's wire formats", () => {
  it.each([
    [4, '0000000007'],
    [8, '000000000000000007'],
  ] as const)(
    'have the id of the content in %s bytes before the value',
    async (idBytes, prefix) => {
      const cluster = await startCluster({ topics: { orders: {} } })
      const { asked, registry } = await startRegistry()
      const producer = registeredProducer(configFor(cluster), { ...registry, idBytes })
      onTestFinished(() => producer.close({ timeout: 0 }))
      await Promise.all([1, 2, 3].map((n) => producer.send({ topic: 'orders', value: { n } })))
      await producer.send({ topic: 'orders', key: 'o-1', value: null })
      const landed = (await cluster.records('orders')).map(({ value }) => value)
      const expected = [1, 2, 3].map((n) =>
        Buffer.concat([Buffer.from(prefix, 'hex'), Buffer.from(`{"n":${n}}`)]),
      )
      expect(landed).toEqual([...expected, null])
      expect(asked).toEqual([artifact, '/apis/registry/v3/ids/contentIds/7'])
    },
  )

  it('have the id in the headers, and only the content in the value', async () => {
    const cluster = await startCluster({ topics: { orders: {} } })
    const { registry } = await startRegistry()
    const record = registeredRecords(registry)
    await producerFor(cluster).send(await record('orders', { n: 1 }))
    const [landed] = await cluster.records('orders')
    expect(landed!.valueText).toBe('{"n":1}')
    expect(landed!.headers).toEqual([
      { key: 'apicurio.value.contentId', value: Buffer.from('0000000000000007', 'hex') },
    ])
  })

  it('fail a record whose artifact is not in the registry, and ask again for the next one', async () => {
    const cluster = await startCluster({ topics: { unheard: {} } })
    const { asked, registry } = await startRegistry()
    const producer = registeredProducer(configFor(cluster), registry)
    onTestFinished(() => producer.close({ timeout: 0 }))
    for (const value of ['a', 'b']) {
      await expect(producer.send({ topic: 'unheard', value })).rejects.toMatchObject({
        code: 'SERIALIZER_FAILED',
        cause: { message: expect.stringContaining('answers 404') },
      })
    }
    expect(asked).toHaveLength(2)
  })
})
