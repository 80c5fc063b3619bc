import { BrokerError } from '../errors/broker-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import { decodeResponse } from '../protocol/headers.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'

// Version negotiation: what a broker's answer to ApiVersions means. The request may use a version that the
// broker does not know. It then answers with an error in version 0's layout, and lists (since 2.4) the
// versions of ApiVersions that it knows. Other servers (proxies, librdkafka's mock cluster) answer in other
// layouts, so an answer is read as far as possible. Pure; Connection sends the requests. The table is
// dropped with its connection.

export type VersionsAnswer = ResponseOf<typeof ApiVersions>

/** Since this version, a client can name the broker that it means (KIP-1242). */
const namesBroker = 5

/** The broker that a client means, by its cluster and its node id. */
export interface Meant {
  readonly clusterId: string
  readonly nodeId: number
}

interface Software {
  readonly softwareName: string
  readonly softwareVersion: string
}

/** A request in `version`; as far as that version can, it says which client asks, and whom it means. */
export function versionsRequest(
  version: number,
  { softwareName: clientSoftwareName, softwareVersion: clientSoftwareVersion }: Software,
  meant: Meant | null,
): RequestInput<typeof ApiVersions> {
  if (version < 3) return {}
  return { clientSoftwareName, clientSoftwareVersion, ...(version >= namesBroker && meant) }
}

/** Whether a broker that knows this version of ApiVersions can say that it is not the one that is meant. */
export function canConfirm(version: number): boolean {
  return version >= namesBroker
}

const unlistedRefusal: VersionsAnswer = {
  errorCode: errorCodes.UNSUPPORTED_VERSION.code,
  apiKeys: [],
  throttleTimeMs: 0,
  supportedFeatures: [],
  finalizedFeaturesEpoch: -1n,
  finalizedFeatures: [],
  zkMigrationReady: false,
}

/** The levels of features that a cluster has agreed on (KIP-584). A greater epoch is newer. */
export interface FinalizedFeatures {
  readonly epoch: bigint
  readonly levels: ReadonlyMap<string, number>
}

/** The supported versions of each API of a broker. */
export class VersionTable {
  readonly #ranges = new Map<number, { readonly min: number; readonly max: number }>()
  /** The cluster's finalized features, as this broker knew them; the epoch is -1 if it knew none. */
  readonly features: FinalizedFeatures

  constructor(answer?: VersionsAnswer) {
    for (const { apiKey, minVersion, maxVersion } of answer?.apiKeys ?? []) {
      this.#ranges.set(apiKey, { min: minVersion, max: maxVersion })
    }
    const levels = answer?.finalizedFeatures.map((one) => [one.name, one.maxVersionLevel] as const)
    this.features = { epoch: answer?.finalizedFeaturesEpoch ?? -1n, levels: new Map(levels) }
  }

  /** The newest version that both sides know; -1 if there is none. */
  of(api: Api): number {
    const [oldest, newest] = api.versions
    const range = this.#ranges.get(api.key)
    if (range === undefined) return -1
    const version = Math.min(range.max, newest)
    return version >= Math.max(range.min, oldest) ? version : -1
  }

  /** Throws {@link BrokerError} if both sides share no version of `api`. */
  require(api: Api, broker: number): void {
    if (this.of(api) >= 0) return
    const { code } = errorCodes.UNSUPPORTED_VERSION
    throw new BrokerError(code, { request: api.name, broker, detail: this.#whyNot(api) })
  }

  #whyNot({ name, key, versions: [oldest, newest] }: Api): string {
    const range = this.#ranges.get(key)
    if (range === undefined) return `it does not support ${name}: is it a KRaft controller?`
    return `it supports ${name} v${range.min} to v${range.max}, this client v${oldest} to v${newest}`
  }
}

/**
 * Decodes an answer to ApiVersions that was requested in `version`: in that version's layout, otherwise in
 * version 0's. A refusal that fits neither counts as an empty list.
 */
export function decodeVersions(version: number, frame: Uint8Array): VersionsAnswer {
  const isRefusal = errorCodeOf(frame) === errorCodes.UNSUPPORTED_VERSION.code
  const layouts = isRefusal || version === 0 ? [0] : [version, 0]
  let unread: unknown
  for (const layout of layouts) {
    try {
      return decodeResponse(ApiVersions, layout, frame).body
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause
      unread ??= cause
    }
  }
  if (isRefusal) return unlistedRefusal
  throw unread
}

/**
 * The version in which to ask again; null if `answer` is final.
 *
 * Throws {@link BrokerError} if the broker refuses for good.
 */
export function askAgainIn(version: number, answer: VersionsAnswer, broker: number): number | null {
  if (answer.errorCode === errorCodes.NONE.code) return null
  const unsupported = answer.errorCode === errorCodes.UNSUPPORTED_VERSION.code
  const next = unsupported ? Math.max(new VersionTable(answer).of(ApiVersions), 0) : version
  // Only ever lower versions, so that this ends.
  if (next < version) return next
  throw new BrokerError(answer.errorCode, { request: 'ApiVersions', broker })
}

/** The [error code:int16] that follows the [correlation id:int32] in every version. */
function errorCodeOf(frame: Uint8Array): number {
  if (frame.byteLength < 6) return errorCodes.NONE.code
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getInt16(4)
}
