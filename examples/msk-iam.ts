// Amazon MSK with IAM: AWS_MSK_IAM as your own SASL mechanism, without the AWS SDK. It sends a signature that is valid for
// 15 minutes (AWS Signature Version 4, of a request to connect), and never the key.
//
//   toKafka({
//     'bootstrap.servers': 'b-1.mycluster.kafka.eu-central-1.amazonaws.com:9098',
//     'security.protocol': 'SASL_SSL',
//     'sasl.mechanism': mskIam({ region: 'eu-central-1', credentials }),
//   })
//
// `credentials` is called for each login, so that the credentials of a role may change:
//   import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
//   const credentials = fromNodeProviderChain()

import { createHash, createHmac } from 'node:crypto'
import type { Mechanism, StepResult } from 'to-kafka'

/** In the form of the AWS SDK. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface MskIamOptions {
  readonly region: string
  readonly credentials: () => AwsCredentials | Promise<AwsCredentials>
}

const algorithm = 'AWS4-HMAC-SHA256'
const service = 'kafka-cluster'
const action = 'kafka-cluster:Connect'
const expires = '900'

/** The mechanism AWS_MSK_IAM: one message, and an answer without further data. */
export function mskIam({ region, credentials }: MskIamOptions): Mechanism {
  return {
    name: 'AWS_MSK_IAM',
    begin({ address, runtime }) {
      let isSent = false
      return {
        step(_token, resume) {
          if (isSent) {
            resume({ kind: 'done' })
            return
          }
          isSent = true
          const now = new Date(runtime.clock.timestamp())
          new Promise<AwsCredentials>((resolve) => resolve(credentials())).then(
            (found) => resume(messageOf(address.host, region, found, now)),
            (cause: unknown) => resume({ kind: 'failed', cause }),
          )
        },
      }
    },
  }
}

function messageOf(host: string, region: string, keys: AwsCredentials, now: Date): StepResult {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`
  const query = {
    Action: action,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': expires,
    ...(keys.sessionToken !== undefined && { 'X-Amz-Security-Token': keys.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  }
  const canonicalQuery = Object.entries(query)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
  const request = ['GET', '/', canonicalQuery, `host:${host}`, '', 'host', hash('')].join('\n')
  const toSign = [algorithm, date, scope, hash(request)].join('\n')
  const signature = createHmac('sha256', signingKey(keys.secretAccessKey, date, region, service))
  const { Action, ...rest } = query
  const fields = Object.entries(rest).map(([name, value]) => [name.toLowerCase(), value])
  const message = {
    version: '2020_10_22',
    host,
    'user-agent': 'to-kafka',
    action: Action,
    ...Object.fromEntries(fields),
    'x-amz-signature': signature.update(toSign).digest('hex'),
  }
  return { kind: 'send', token: Buffer.from(JSON.stringify(message)) }
}

/** The signing key of one day, region and service. */
export function signingKey(secret: string, date: string, region: string, service: string): Buffer {
  const parts = [date.slice(0, 8), region, service, 'aws4_request']
  return parts.reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  )
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** As RFC 3986 requires: more than encodeURIComponent does. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
