// ApiVersions: which versions of which APIs a broker supports. The first request on a connection. v2
// brokers answer before they throttle; v3 is flexible (but see headers.ts) and names the client (KIP-511);
// v4 lets a feature's minVersion be 0 (KAFKA-17011); v5 checks that the broker is the intended one
// (KIP-1242). A broker that lacks the version answers in v0.

import { api } from '../message.ts'
import { arrayOf, boolean, int16, int32, int64, nullable, string, struct } from '../types.ts'

export const ApiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 5],
  flexible: 3,
  request: {
    clientSoftwareName: string.since(3).ignorable(),
    clientSoftwareVersion: string.since(3).ignorable(),
    clusterId: nullable(string).since(5, null).ignorable(),
    nodeId: int32.since(5, -1).ignorable(),
  },
  response: {
    errorCode: int16,
    apiKeys: arrayOf(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: int32.since(1).ignorable(),
    supportedFeatures: arrayOf(struct({ name: string, minVersion: int16, maxVersion: int16 }))
      .tagged(0, 3)
      .ignorable(),
    finalizedFeaturesEpoch: int64.tagged(1, 3, -1n).ignorable(),
    finalizedFeatures: arrayOf(
      struct({ name: string, maxVersionLevel: int16, minVersionLevel: int16 }),
    )
      .tagged(2, 3)
      .ignorable(),
    zkMigrationReady: boolean.tagged(3, 3).ignorable(),
  },
})
