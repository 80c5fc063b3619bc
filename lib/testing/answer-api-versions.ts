// Answers ApiVersions: the versions that this broker supports. An unknown version is answered in v0, with
// UNSUPPORTED_VERSION and the versions of ApiVersions itself (KIP-511), never by closing the connection.

import { errorCodes } from '../errors/error-codes.ts'
import type { Answer, BrokerSettings, Question } from './answer.ts'
import { isOfTelemetry } from './answer-telemetry.ts'
import { type AnswerBody, type ApiName, servedApis } from './served-apis.ts'

/** The valid names of client software; Kafka refuses anything else. */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
/** The oldest possible level of `metadata.version` in Kafka 4, and in Kafka 3. */
const oldestMetadataVersions = { four: 7, three: 1 } as const
/** From this version on a client accepts a feature whose lowest level is 0. */
const knowsLevelZero = 4

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
  const wrong = misrouted(question)
  if (wrong !== null) return { body: { errorCode: errorCodes[wrong].code, apiKeys: [] } }
  const names = Object.keys(servedApis) as ApiName[]
  const announced = names.filter((api) => settings.telemetry !== null || !isOfTelemetry(api))
  const apiKeys = announced
    .map((api) => rangeOf(api, settings))
    .filter(({ minVersion, maxVersion }) => minVersion <= maxVersion)
  return { body: { errorCode: 0, apiKeys, ...featuresOf(question) } }
}

/**
 * The error if the client means another broker (KIP-1242); a request names both cluster and node, or
 * neither.
 */
function misrouted({ request, state, broker, violation }: Question<'ApiVersions'>) {
  const { clusterId, nodeId } = request.body
  if (request.version < 5 || (clusterId === null && nodeId === -1)) return null
  if (clusterId === null || nodeId === -1) {
    violation('ApiVersions: the client names a cluster or a node, and not the other')
    return 'INVALID_REQUEST'
  }
  return clusterId === state.clusterId && nodeId === broker ? null : 'REBOOTSTRAP_REQUIRED'
}

/** The answer to a version that the broker does not know. */
export function unsupportedApiVersions(settings: BrokerSettings): Answer<'ApiVersions'> {
  const apiKeys = settings.release.refusesWithVersions ? [rangeOf('ApiVersions', settings)] : []
  return { version: 0, body: { errorCode: errorCodes.UNSUPPORTED_VERSION.code, apiKeys } }
}

function rangeOf(api: ApiName, { versions }: BrokerSettings) {
  const [minVersion, maxVersion] = versions[api]
  return { apiKey: servedApis[api].key, minVersion, maxVersion }
}

/** All features at their newest level; some are supported, but not finalised in a new cluster. */
function featuresOf({
  settings,
  features: current,
  request,
}: Question<'ApiVersions'>): Pick<AnswerBody<'ApiVersions'>, FeatureField> | null {
  const { features, otherFeatures = {}, hasFeatureEpoch } = settings.release
  if (!hasFeatureEpoch) return null
  const levels = Object.entries(features)
  const known = [...levels, ...Object.entries(otherFeatures)]
  const oldest = oldestMetadataVersions[levels.length > 1 ? 'four' : 'three']
  const supported = known.map(([name, maxVersion]) => {
    return { name, minVersion: name === 'metadata.version' ? oldest : 0, maxVersion }
  })
  return {
    supportedFeatures: supported.filter(
      ({ minVersion }) => minVersion > 0 || request.version >= knowsLevelZero,
    ),
    finalizedFeaturesEpoch: levels.length === 0 ? 0n : BigInt(current.epoch),
    finalizedFeatures: levels.map(([name, newest]) => {
      const level = name === 'transaction.version' ? current.transactionVersion : newest
      return { name, maxVersionLevel: level, minVersionLevel: level }
    }),
  }
}

type FeatureField = 'supportedFeatures' | 'finalizedFeaturesEpoch' | 'finalizedFeatures'
