import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { producerFor, startCluster } from '../support/scenario.ts'

describe('a producer that waits for a token', () => {
  it('closes the request to the endpoint, which never answers, when it is closed', async () => {
    const endpoint = createServer()
    endpoint.listen(0, '127.0.0.1')
    onTestFinished(() => void endpoint.close())
    await once(endpoint, 'listening')
    const { port } = endpoint.address() as AddressInfo
    const cluster = await startCluster({
      listeners: { security: 'SASL_PLAINTEXT', tokens: ['a'] },
    })
    const producer = producerFor(cluster, {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': `http://127.0.0.1:${port}/token`,
      'sasl.oauthbearer.client.credentials.client.id': 'me',
      'sasl.oauthbearer.client.credentials.client.secret': 'secret',
    })
    const sent = producer.send({ topic: 't', value: 'x' })
    const [{ socket }] = (await once(endpoint, 'request')) as [IncomingMessage]
    const closed = once(socket, 'close')
    const ended = expect(sent).rejects.toMatchObject({ code: 'CLOSED' })
    await producer.close({ timeout: 0 })
    await closed
    await ended
  })
})
