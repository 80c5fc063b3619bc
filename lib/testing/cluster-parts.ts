// The parts of a cluster, and how they are made from a test's options, whose names are checked here. Used
// by scripted-cluster.ts and by the clusters on top of it.

import { BrokerModel } from './broker-model.ts'
import { Exchange } from './exchange.ts'
import { FaultScript } from './fault-script.ts'
import { checkName, checkObject, type NamesOf } from './known-names.ts'
import type { MockClusterOptions } from './mock-cluster.ts'
import { newestRelease, type Release, releases } from './releases.ts'
import { RequestLog } from './request-log.ts'
import type { MockListeners } from './sasl-access.ts'
import { servedApis } from './served-apis.ts'

/** The parts of a cluster. */
export interface ClusterParts {
  readonly model: BrokerModel
  readonly script: FaultScript
  readonly log: RequestLog
  readonly exchange: Exchange
  readonly listeners: MockListeners
}

/** The names of {@link MockClusterOptions}. */
export const clusterOptions: NamesOf<MockClusterOptions> = {
  brokers: true,
  clusterId: true,
  racks: true,
  topics: true,
  autoCreateTopics: true,
  defaultPartitions: true,
  messageMaxBytes: true,
  version: true,
  versions: true,
  justStarted: true,
  telemetry: true,
  requestsMax: true,
  listeners: true,
}

/** Connects them, and creates the initial topics. `now` is the model's. */
export function partsOf(options: MockClusterOptions, now: () => number): ClusterParts {
  const { topics = {}, requestsMax = 10_000 } = options
  checkObject('the topics of a cluster', topics, '{ orders: { partitions: 3 } }')
  for (const api in options.versions) checkName('the APIs of a broker', api, servedApis)
  const { version = newestRelease } = options
  checkName('the releases of Kafka that a cluster can be like', version, releases)
  const release = releases[version]
  const versions = versionsOf(release, options.versions)
  const model = new BrokerModel({ ...options, release, versions, now })
  for (const [name, settings] of Object.entries(topics)) model.state.createTopic(name, settings)
  const script = new FaultScript()
  const log = new RequestLog(requestsMax)
  const { listeners = {} } = options
  return { model, script, log, exchange: new Exchange(model, script, log), listeners }
}

/** The release's versions, except for the APIs that were given others. */
function versionsOf(
  release: Release,
  given: MockClusterOptions['versions'] = {},
): Release['versions'] {
  const named = Object.entries(given).filter(([, range]) => range !== undefined)
  return { ...release.versions, ...Object.fromEntries(named) }
}
