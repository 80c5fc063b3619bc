// All declared APIs, for the broker's side and for the specs about every message. A client names the API
// that it means and does not need this list.

import type { Api } from './message.ts'
import { AddOffsetsToTxn } from './messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxn } from './messages/add-partitions-to-txn.ts'
import { ApiVersions } from './messages/api-versions.ts'
import { DescribeTransactions } from './messages/describe-transactions.ts'
import { EndTxn } from './messages/end-txn.ts'
import { Fetch } from './messages/fetch.ts'
import { FindCoordinator } from './messages/find-coordinator.ts'
import { GetTelemetrySubscriptions } from './messages/get-telemetry-subscriptions.ts'
import { InitProducerId } from './messages/init-producer-id.ts'
import { ListOffsets } from './messages/list-offsets.ts'
import { Metadata } from './messages/metadata.ts'
import { Produce } from './messages/produce.ts'
import { PushTelemetry } from './messages/push-telemetry.ts'
import { SaslAuthenticate } from './messages/sasl-authenticate.ts'
import { SaslHandshake } from './messages/sasl-handshake.ts'
import { TxnOffsetCommit } from './messages/txn-offset-commit.ts'

/** In the order of their keys. */
export const apis: readonly Api[] = [
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
]

const byKey = new Map(apis.map((api) => [api.key, api]))

/** The API with this number on the wire. */
export function apiByKey(key: number): Api | undefined {
  return byKey.get(key)
}
