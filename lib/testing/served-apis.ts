// The APIs of the mock brokers, and the types of their requests. releases.ts has the versions that they
// announce.

import type { DecodedRequest } from '../protocol/headers.ts'
import type { RequestOf, ResponseInput } from '../protocol/message.ts'
import { AddOffsetsToTxn } from '../protocol/messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxn } from '../protocol/messages/add-partitions-to-txn.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import { DescribeTransactions } from '../protocol/messages/describe-transactions.ts'
import { EndTxn } from '../protocol/messages/end-txn.ts'
import { Fetch } from '../protocol/messages/fetch.ts'
import { FindCoordinator } from '../protocol/messages/find-coordinator.ts'
import { GetTelemetrySubscriptions } from '../protocol/messages/get-telemetry-subscriptions.ts'
import { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import { ListOffsets } from '../protocol/messages/list-offsets.ts'
import { Metadata } from '../protocol/messages/metadata.ts'
import { Produce } from '../protocol/messages/produce.ts'
import { PushTelemetry } from '../protocol/messages/push-telemetry.ts'
import { SaslAuthenticate } from '../protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.ts'
import { TxnOffsetCommit } from '../protocol/messages/txn-offset-commit.ts'

export const servedApis = {
  Produce,
  Fetch,
  ListOffsets,
  Metadata,
  FindCoordinator,
  SaslHandshake,
  ApiVersions,
  InitProducerId,
  AddPartitionsToTxn,
  AddOffsetsToTxn,
  EndTxn,
  TxnOffsetCommit,
  SaslAuthenticate,
  DescribeTransactions,
  GetTelemetrySubscriptions,
  PushTelemetry,
} as const

export type ServedApis = typeof servedApis

/** An API of the mock brokers, by Kafka's name. */
export type ApiName = keyof ServedApis

/** The first and the last version. */
export type VersionRange = readonly [min: number, max: number]

/** A request to a mock broker. TypeScript narrows it by `api`. */
export type MockRequest = { [A in ApiName]: RequestTo<A> }[ApiName]

interface RequestTo<A extends ApiName> {
  readonly api: A
  readonly version: number
  /** The broker that got it. */
  readonly broker: number
  readonly clientId: string | null
  readonly correlationId: number
  /** The fields under Kafka's names, in camelCase. An int64 is a bigint, and `records` are bytes. */
  readonly body: RequestOf<ServedApis[A]>
}

/** The body of an answer to this API. */
export type AnswerBody<A extends ApiName> = ResponseInput<ServedApis[A]>

/** The API of this number, if it is served. */
export function servedByKey(key: number): (ServedApis[ApiName] & { name: ApiName }) | undefined {
  return byKey.get(key)
}

const byKey = new Map(
  Object.entries(servedApis).map(([name, api]) => [
    api.key,
    { ...api, name } as ServedApis[ApiName] & { name: ApiName },
  ]),
)

/** A decoded request as the log and the fault scripts see it. */
export function mockRequest(broker: number, request: DecodedRequest): MockRequest {
  const { version, clientId, correlationId, body } = request
  const api = request.api.name as ApiName
  return { api, version, broker, clientId, correlationId, body } as MockRequest
}
