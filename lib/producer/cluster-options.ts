import type { ClusterOptions } from '../cluster/cluster.ts'
import type { Settings } from '../config/settings.ts'
import type { Security } from '../security/security.ts'

// The settings in the form that the cluster needs.

/** The name and version that this client sends to brokers (KIP-511). */
export const software = { softwareName: 'to-kafka', softwareVersion: '0.1.0' }

export function clusterOptions(settings: Settings, clientId: string): ClusterOptions {
  return {
    ...software,
    clientId,
    bootstrap: settings.bootstrapServers,
    hasCanonicalBootstrap: settings.dnsLookup === 'resolve_canonical_bootstrap_servers_only',
    resolveTimeoutMs: settings.bootstrapResolveTimeoutMs,
    rack: settings.clientRack,
    checksCluster:
      settings.metadataClusterCheck && settings.metadataRecoveryStrategy === 'rebootstrap',
    maxInFlight: settings.maxInFlight,
    requestTimeoutMs: settings.requestTimeoutMs,
    maxIdleMs: settings.connectionsMaxIdleMs,
    security: securityOf(settings),
    backoff: { initialMs: settings.reconnectBackoffMs, maxMs: settings.reconnectBackoffMaxMs },
    setupTimeout: {
      initialMs: settings.connectionSetupTimeoutMs,
      maxMs: settings.connectionSetupTimeoutMaxMs,
    },
    metadata: {
      maxAgeMs: settings.metadataMaxAgeMs,
      maxIdleMs: settings.metadataMaxIdleMs,
      backoff: { initialMs: settings.retryBackoffMs, maxMs: settings.retryBackoffMaxMs },
    },
    rebootstrapAfterMs:
      settings.metadataRecoveryStrategy === 'rebootstrap'
        ? settings.metadataRebootstrapTriggerMs
        : null,
  }
}

/** Null if connections are neither encrypted nor authenticated. */
function securityOf({ security: { tls, sasl } }: Settings): Security | null {
  return tls === null && sasl === null ? null : { tls, mechanism: sasl }
}
