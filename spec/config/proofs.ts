// Which spec shows that a key does here what it does in Java. A key whose feature is refused is shown by the
// table's own spec: the default is accepted, anything else is a ConfigError that says why.

import { type KeyName, keyNames, keys } from '../../lib/config/keys.ts'

const table = 'config/keys-spec.ts'

/** By key, or by how keys begin; the longest that fits counts. */
const proofs: Readonly<Record<string, string>> = {
  acks: 'kafka/real-kafka-spec.ts',
  'batch.size': 'scenarios/buffer-full-spec.ts',
  'bootstrap.resolve.timeout.ms': 'scenarios/bootstrap-names-spec.ts',
  'bootstrap.servers': 'scenarios/metadata-spec.ts',
  'buffer.memory': 'scenarios/buffer-full-spec.ts',
  'buffer.memory.allocation.strategy': table,
  'client.dns.lookup': 'scenarios/bootstrap-names-spec.ts',
  'client.id': 'scenarios/watching-spec.ts',
  'client.rack': 'scenarios/racks-spec.ts',
  'compression.': 'scenarios/compression-spec.ts',
  'config.providers': 'config/providers-spec.ts',
  'connections.max.idle.ms': 'scenarios/watching-spec.ts',
  'delivery.timeout.ms': 'scenarios/topic-lifetime-spec.ts',
  'enable.idempotence': 'scenarios/forgotten-producer-spec.ts',
  'enable.metrics.push': 'kafka/telemetry-spec.ts',
  'interceptor.classes': 'scenarios/user-code-spec.ts',
  'key.serializer': 'serialization/serializers-spec.ts',
  'linger.ms': 'stages/accumulate-spec.ts',
  'max.block.ms': 'scenarios/buffer-full-spec.ts',
  'max.in.flight.requests.per.connection': 'scenarios/many-batches-fail-spec.ts',
  'max.request.size': 'scenarios/user-code-spec.ts',
  'metadata.cluster.check.enable': 'scenarios/rebootstrap-spec.ts',
  'metadata.max.age.ms': 'scenarios/fresh-metadata-spec.ts',
  'metadata.max.idle.ms': 'scenarios/topic-lifetime-spec.ts',
  'metadata.recovery.rebootstrap.trigger.ms': 'producer/cluster-options-spec.ts',
  'metadata.recovery.strategy': 'scenarios/rebootstrap-spec.ts',
  'metric.reporters': 'scenarios/reporters-spec.ts',
  'metrics.': 'scenarios/metrics-spec.ts',
  'partitioner.adaptive.partitioning.enable': 'producer/adaptive-spec.ts',
  'partitioner.availability.timeout.ms': 'producer/adaptive-spec.ts',
  'partitioner.class': 'scenarios/placing-spec.ts',
  'partitioner.ignore.keys': 'config/resolve-config-spec.ts',
  'partitioner.rack.aware': 'scenarios/racks-spec.ts',
  'reconnect.backoff.': 'scenarios/exponential-backoff-spec.ts',
  'request.timeout.ms': 'scenarios/throttling-spec.ts',
  retries: 'config/resolve-config-spec.ts',
  'retry.backoff.': 'scenarios/exponential-backoff-spec.ts',
  'sasl.jaas.config': 'scenarios/sasl-spec.ts',
  'sasl.kerberos.service.name': 'kafka/gssapi-spec.ts',
  'sasl.login.callback.handler.class': 'scenarios/sasl-spec.ts',
  'sasl.login.connect.timeout.ms': 'security/token-endpoint-spec.ts',
  'sasl.login.read.timeout.ms': 'security/token-endpoint-spec.ts',
  'sasl.login.refresh.': 'security/tokens-spec.ts',
  'sasl.login.retry.': 'security/token-endpoint-spec.ts',
  'sasl.mechanism': 'kafka/sasl-spec.ts',
  'sasl.oauthbearer.': 'config/oauthbearer-spec.ts',
  'sasl.oauthbearer.assertion.': 'kafka/oidc-spec.ts',
  'sasl.oauthbearer.client.credentials.': 'kafka/oidc-spec.ts',
  'sasl.oauthbearer.jwt.retriever.class': 'kafka/oidc-spec.ts',
  'sasl.oauthbearer.token.endpoint.url': 'kafka/oidc-spec.ts',
  'sasl.password': 'scenarios/sasl-spec.ts',
  'sasl.username': 'scenarios/sasl-spec.ts',
  'security.protocol': 'kafka/tls-spec.ts',
  'socket.connection.setup.': 'scenarios/exponential-backoff-spec.ts',
  'ssl.': 'config/tls-spec.ts',
  'ssl.cipher.suites': 'kafka/tls-spec.ts',
  'ssl.enabled.protocols': 'kafka/tls-spec.ts',
  'ssl.endpoint.identification.algorithm': 'wire/secured-spec.ts',
  'ssl.engine.factory.class': 'security/tls-factory-spec.ts',
  'ssl.keystore.': 'kafka/tls-spec.ts',
  'ssl.truststore.': 'kafka/tls-spec.ts',
  'transaction.timeout.ms': 'kafka/transactions-spec.ts',
  'transactional.id': 'kafka/transactions-spec.ts',
  'value.serializer': 'serialization/serializers-spec.ts',
}

/** The spec for a key, as a path below spec/. */
export function proofOf(name: KeyName): string {
  const fitting = Object.keys(proofs).filter((start) => {
    return start === name || (start.endsWith('.') && name.startsWith(start))
  })
  const longest = fitting.sort((one, other) => other.length - one.length)[0]
  const isRefused = keys[name].refused !== undefined && keys[name].built === undefined
  if (longest === undefined || (isRefused && longest !== name)) return table
  return proofs[longest]!
}

/** Entries that no key has any use for. */
export function idleProofs(): string[] {
  return Object.keys(proofs).filter((start) => {
    return !keyNames.some(
      (name) => start === name || (start.endsWith('.') && name.startsWith(start)),
    )
  })
}
