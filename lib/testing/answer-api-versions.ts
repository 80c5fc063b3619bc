// Answers ApiVersions: what this broker speaks. A version it does not know is answered in v0, with
// UNSUPPORTED_VERSION and the versions of ApiVersions itself (KIP-511), never by hanging up.

import { errorCodes } from '../errors/error-codes.ts'
import type { Answer, BrokerSettings, Question } from './answer.ts'
import { type ApiName, servedApis } from './served-apis.ts'

/** What a client may call itself; Kafka refuses anything else. */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export function answerApiVersions(question: Question<'ApiVersions'>): Answer<'ApiVersions'> {
  const { request, settings } = question
  const forced = question.forced()
  if (forced?.error === 'UNSUPPORTED_VERSION') return unsupportedApiVersions(settings)
  if (forced) return { body: { errorCode: errorCodes[forced.error].code, apiKeys: [] } }

  const { clientSoftwareName: name, clientSoftwareVersion: version } = request.body
  if (request.version >= 3 && !(softwareName.test(name) && softwareName.test(version))) {
    question.violation(`ApiVersions: the client calls itself "${name}", version "${version}"`)
    return { body: { errorCode: errorCodes.INVALID_REQUEST.code, apiKeys: [] } }
  }
  const names = Object.keys(servedApis) as ApiName[]
  return { body: { errorCode: 0, apiKeys: names.map((api) => rangeOf(api, settings)) } }
}

/** The answer to a version that the broker does not know. */
export function unsupportedApiVersions(settings: BrokerSettings): Answer<'ApiVersions'> {
  const apiKeys = [rangeOf('ApiVersions', settings)]
  return { version: 0, body: { errorCode: errorCodes.UNSUPPORTED_VERSION.code, apiKeys } }
}

function rangeOf(api: ApiName, { versions }: BrokerSettings) {
  const [minVersion, maxVersion] = versions[api]
  return { apiKey: servedApis[api].key, minVersion, maxVersion }
}
