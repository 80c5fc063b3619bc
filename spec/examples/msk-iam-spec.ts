import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { mskIam, signingKey } from '../../examples/msk-iam.ts'
import { producerFor, startCluster } from '../support/scenario.ts'

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'hunter2/+', sessionToken: 'a+b/c=' }
const region = 'eu-central-1'

/** What Amazon would compute from a message: the signature of its fields. */
function isSigned(token: Uint8Array, secret: string): boolean {
  const said = JSON.parse(Buffer.from(token).toString()) as Record<string, string>
  const { host, version, 'user-agent': agent, action, 'x-amz-signature': given, ...amz } = said
  expect({ host, version, agent, action }).toEqual({
    host: '127.0.0.1',
    version: '2020_10_22',
    agent: 'to-kafka',
    action: 'kafka-cluster:Connect',
  })
  const [, date, place, service] = amz['x-amz-credential']!.split('/')
  const names = {
    algorithm: 'Algorithm',
    credential: 'Credential',
    date: 'Date',
    expires: 'Expires',
    'security-token': 'Security-Token',
    signedheaders: 'SignedHeaders',
  }
  const query = new Map(
    Object.entries(names).map(([low, high]) => [`X-Amz-${high}`, amz[`x-amz-${low}`]!]),
  )
  query.set('Action', action!)
  const text = [...query]
    .sort()
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const sha = (of: string) => createHash('sha256').update(of).digest('hex')
  const request = `GET\n/\n${text}\nhost:${host}\n\nhost\n${sha('')}`
  const toSign = `AWS4-HMAC-SHA256\n${amz['x-amz-date']}\n${date}/${place}/${service}/aws4_request\n${sha(request)}`
  const key = signingKey(secret, date!, place!, service!)
  return createHmac('sha256', key).update(toSign).digest('hex') === given
}

async function cluster() {
  const own = {
    AWS_MSK_IAM: (token: Uint8Array) =>
      isSigned(token, keys.secretAccessKey) && Buffer.from('{"version":"2020_10_22"}'),
  }
  return startCluster({ listeners: { security: 'SASL_PLAINTEXT', own } })
}

describe('a signing key', () => {
  it("equals that of Amazon's published example", () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
    expect(signingKey(secret, '20150830', 'us-east-1', 'iam').toString('hex')).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    )
  })
})

describe('the example msk-iam', () => {
  const config = (credentials: () => typeof keys | Promise<typeof keys>) => ({
    'security.protocol': 'SASL_PLAINTEXT' as const,
    'sasl.mechanism': mskIam({ region, credentials }),
  })

  it('logs in with a signature', async () => {
    const producer = producerFor(
      await cluster(),
      config(async () => keys),
    )
    expect(await producer.send({ topic: 't', value: 'x' })).toMatchObject({ offset: 0 })
  })

  it('is refused with another key, and never shows it', async () => {
    const wrong = { ...keys, secretAccessKey: 'hunter3' }
    const failure = producerFor(
      await cluster(),
      config(() => wrong),
    ).send({ topic: 't', value: 'x' })
    await expect(failure).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      cause: { code: 'SASL_AUTHENTICATION_FAILED' },
      message: expect.not.stringContaining('hunter'),
    })
  })

  it('tries again if credentials are not available at first', async () => {
    let asked = 0
    const credentials = () => {
      asked += 1
      return asked === 1 ? Promise.reject(new Error('no metadata service')) : Promise.resolve(keys)
    }
    const producer = producerFor(await cluster(), config(credentials))
    expect(await producer.send({ topic: 't', value: 'x' })).toMatchObject({ offset: 0 })
  })
})
