import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { unsecured } from '../../lib/security/jwt.ts'
import { certificatePath, certificateText } from '../support/certificates.ts'
import { producerFor, startCluster } from '../support/scenario.ts'

describe('a producer that waits for a token', () => {
  it('ends the unanswered request to the endpoint when it is closed', async () => {
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

describe('a token endpoint with TLS', () => {
  const token = unsecured({ sub: 'me', exp: 4_000_000_000 })
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'

  /**
   * Sends one record, with a token from an endpoint that has an unknown authority and requires a
   * client certificate.
   */
  async function sendWith(options: string) {
    const seen: unknown[] = []
    const endpoint = createSecureServer(
      {
        key: certificateText('server-key.pem'),
        cert: certificateText('server.pem'),
        ca: certificateText('authority.pem'),
        requestCert: true,
      },
      (request, response) => {
        seen.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody')
        response.end(JSON.stringify({ access_token: token }))
      },
    )
    endpoint.listen(0, '127.0.0.1')
    onTestFinished(() => void endpoint.close())
    await once(endpoint, 'listening')
    const { port } = endpoint.address() as AddressInfo
    const cluster = await startCluster({
      listeners: { security: 'SASL_PLAINTEXT', tokens: [token] },
    })
    const producer = producerFor(cluster, {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': `https://localhost:${port}/token`,
      'sasl.login.retry.backoff.max.ms': 0,
      'max.block.ms': 2000, // a busy machine needs part of it for the handshakes
      'sasl.jaas.config': `${module} required clientId="me" clientSecret="secret" ${options};`,
    })
    const result = await producer.send({ topic: 't', value: 'x' }).then(
      ({ offset }) => offset,
      (error: Error) => error.message,
    )
    return { result, seen }
  }

  it("is trusted, and gets the client's certificate, with the ssl options of the JAAS line", async () => {
    const trust = `ssl.truststore.type=PEM ssl.truststore.location="${certificatePath('authority.pem')}"`
    const key = `ssl.keystore.location="${certificatePath('client-keytool.p12')}" ssl.keystore.password=changeit ssl.keystore.type=PKCS12`
    expect(await sendWith(`${trust} ${key}`)).toEqual({ result: 0, seen: ['client'] })
  })

  it('is not trusted without them', async () => {
    const { result, seen } = await sendWith('')
    expect(result).toContain('cannot be reached: self-signed certificate in certificate chain')
    expect(seen).toEqual([])
  })
})
