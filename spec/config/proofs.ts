// Which test proves that a key has the same effect here as in Java. For a key whose feature is
// refused, it is the spec of the table: the default is accepted, and any other value is a
// ConfigError that says why.

import { type KeyName, keyNames, keys } from '../../lib/config/keys.ts'

/** A file below spec/, and the title of a test in it, as it is written there. */
export type Proof = readonly [file: string, title: string]

const refused: Proof = [
  'config/keys-spec.ts',
  'refuses any value of %s except its default, and says why',
]

/** By key, or by the beginning of keys; the longest match counts. */
const proofs: Readonly<Record<string, Proof>> = {
  acks: ['kafka/real-kafka-spec.ts', 'reports offset -1, because it is unknown'],
  'batch.size': ['stages/accumulate-spec.ts', 'leases a batch that is full at once'],
  'bootstrap.resolve.timeout.ms': [
    'scenarios/bootstrap-names-spec.ts',
    'fails all waiting records for good if no host name resolved in time',
  ],
  'bootstrap.servers': [
    'scenarios/metadata-spec.ts',
    'is skipped, and the next one in the list is used',
  ],
  'buffer.memory': [
    'scenarios/buffer-full-spec.ts',
    'records wait, in order, and all are delivered',
  ],
  'buffer.memory.allocation.strategy': ['config/keys-spec.ts', "gives $name Java's type and range"],
  'client.dns.lookup': [
    'scenarios/bootstrap-names-spec.ts',
    'connects to bootstrap servers by the names in their certificates',
  ],
  'client.id': [
    'config/resolve-config-spec.ts',
    'keeps a client id unchanged, even an empty one, and leaves a missing one to the producer',
  ],
  'client.rack': [
    'scenarios/racks-spec.ts',
    'sends records without a key to all partitions whose leaders are in its rack, and to no others',
  ],
  'compression.': [
    'config/resolve-config-spec.ts',
    'includes the level of each codec that has levels',
  ],
  'compression.type': [
    'scenarios/compression-spec.ts',
    'delivers records in batches with that codec',
  ],
  'config.providers': [
    'config/providers-spec.ts',
    'are filled in from a file, a folder and the environment',
  ],
  'connections.max.idle.ms': [
    'scenarios/watching-spec.ts',
    'is reported when it is ready and when it ends, with a negative id for a bootstrap server',
  ],
  'delivery.timeout.ms': [
    'stages/accumulate-spec.ts',
    'reports a batch that was not settled within delivery.timeout.ms',
  ],
  'enable.idempotence': [
    'kafka/real-kafka-spec.ts',
    'gets its lines in order, with idempotence (try %i)',
  ],
  'enable.metrics.push': [
    'kafka/telemetry-spec.ts',
    'arrive at its interval and once more at the end, as OTLP defines them',
  ],
  'interceptor.classes': [
    'scenarios/user-code-spec.ts',
    'that throws in onSend is reported and skipped; the next gets the last good record',
  ],
  'key.serializer': [
    'serialization/serializers-spec.ts',
    "$serializer gives '$given' the same bytes as Java",
  ],
  'linger.ms': [
    'stages/accumulate-spec.ts',
    'waits lingerMs from the first record of a batch, not the last',
  ],
  'max.block.ms': ['scenarios/buffer-full-spec.ts', 'a record fails when max.block.ms has passed'],
  'max.in.flight.requests.per.connection': [
    'wire/connection-spec.ts',
    'accepts requests up to its bound, and offers each slot that an answer frees',
  ],
  'max.request.size': [
    'kafka/real-kafka-spec.ts',
    'fails, unsent, if it is larger than max.request.size',
  ],
  'metadata.cluster.check.enable': [
    'scenarios/rebootstrap-spec.ts',
    'is recognized if that is checked: %s',
  ],
  'metadata.max.age.ms': [
    'scenarios/fresh-metadata-spec.ts',
    'happens at the maximum age if everything works, and not sooner',
  ],
  'metadata.max.idle.ms': [
    'scenarios/topic-lifetime-spec.ts',
    'is still known after the batch has lingered for longer than metadata.max.idle.ms',
  ],
  'metadata.recovery.rebootstrap.trigger.ms': [
    'producer/cluster-options-spec.ts',
    'are the settings under the names that the cluster uses',
  ],
  'metadata.recovery.strategy': [
    'producer/cluster-options-spec.ts',
    'never rebootstrap if that is disabled',
  ],
  'metric.reporters': [
    'scenarios/reporters-spec.ts',
    'are told once of each metric that metrics() returns, and read the same values',
  ],
  'metrics.': ['scenarios/metrics-spec.ts', 'cover the configured time'],
  'metrics.recording.level': ['config/keys-spec.ts', "gives $name Java's type and range"],
  'partitioner.adaptive.partitioning.enable': [
    'producer/adaptive-spec.ts',
    'are spread evenly if adaptive partitioning is off',
  ],
  'partitioner.availability.timeout.ms': [
    'producer/adaptive-spec.ts',
    'gets no more records without a key after partitioner.availability.timeout.ms',
  ],
  'partitioner.class': [
    'scenarios/user-code-spec.ts',
    'may be an object with a method, and may return null for the sticky choice',
  ],
  'partitioner.ignore.keys': [
    'stages/partition-spec.ts',
    'does the same for records with a key if keys are ignored',
  ],
  'partitioner.rack.aware': [
    'scenarios/racks-spec.ts',
    'uses all partitions while its rack has no leader, and returns when it has one',
  ],
  'reconnect.backoff.': [
    'scenarios/exponential-backoff-spec.ts',
    'double from reconnect.backoff.ms up to reconnect.backoff.max.ms',
  ],
  'request.timeout.ms': [
    'scenarios/throttling-spec.ts',
    'gives requests in flight the same time more before they time out',
  ],
  retries: [
    'config/resolve-config-spec.ts',
    'retries 0 alone switches idempotence off, and says so',
  ],
  'retry.backoff.': [
    'scenarios/exponential-backoff-spec.ts',
    'double from retry.backoff.ms up to retry.backoff.max.ms while a batch is refused',
  ],
  'sasl.jaas.config': ['scenarios/sasl-spec.ts', "with Java's JAAS line does the same"],
  'sasl.login.callback.handler.class': [
    'scenarios/sasl-spec.ts',
    'logs in with OAUTHBEARER, in one round trip',
  ],
  'sasl.login.connect.timeout.ms': [
    'wire/outside-spec.ts',
    'fails if nothing listens, if the address is invalid, and if no answer arrives',
  ],
  'sasl.login.read.timeout.ms': [
    'wire/outside-spec.ts',
    'fails if nothing listens, if the address is invalid, and if no answer arrives',
  ],
  'sasl.login.refresh.': ['security/tokens-spec.ts', 'for an hour is used for 80 % of that time'],
  'sasl.login.refresh.buffer.seconds': [
    'security/tokens-spec.ts',
    'for ten minutes is renewed five minutes before its end',
  ],
  'sasl.login.refresh.min.period.seconds': [
    'security/tokens-spec.ts',
    'for less than minimum and buffer together is used for 80 % of the remaining time',
  ],
  'sasl.login.retry.': [
    'security/token-endpoint-spec.ts',
    'is asked again after a temporary failure, with pauses that double',
  ],
  'sasl.mechanism': ['scenarios/sasl-spec.ts', 'with %s delivers in order, after %i round trips'],
  'sasl.oauthbearer.': [
    'config/oauthbearer-spec.ts',
    'come from an endpoint, with client credentials',
  ],
  'sasl.oauthbearer.assertion.': [
    'config/oauthbearer-spec.ts',
    'come from an endpoint with an assertion that is generated or read from a file',
  ],
  'sasl.oauthbearer.header.urlencode': [
    'config/oauthbearer-spec.ts',
    'come from an endpoint with encoded credentials, if the configuration says so',
  ],
  'sasl.oauthbearer.jwt.retriever.class': [
    'config/oauthbearer-spec.ts',
    'come from a file that is read at each login',
  ],
  'sasl.oauthbearer.token.endpoint.url': ['kafka/oidc-spec.ts', 'refuses at once if %s'],
  'sasl.password': ['scenarios/sasl-spec.ts', 'with %s delivers in order, after %i round trips'],
  'sasl.username': ['scenarios/sasl-spec.ts', 'with %s delivers in order, after %i round trips'],
  'security.protocol': [
    'kafka/tls-spec.ts',
    'sends an alert to a plaintext client at a TLS listener',
  ],
  'socket.connection.setup.': [
    'scenarios/exponential-backoff-spec.ts',
    'follow a set-up timeout that also doubles, if nothing answers',
  ],
  'ssl.': ['config/tls-spec.ts', 'accept %s'],
  'ssl.cipher.suites': ['wire/secured-spec.ts', 'uses the versions and the cipher that are named'],
  'ssl.enabled.protocols': [
    'wire/secured-spec.ts',
    'uses the versions and the cipher that are named',
  ],
  'ssl.endpoint.identification.algorithm': [
    'wire/secured-spec.ts',
    'accepts any name if ssl.endpoint.identification.algorithm is empty, but no other authority',
  ],
  'ssl.engine.factory.class': [
    'security/tls-factory-spec.ts',
    'is called for each connection, with the address',
  ],
  'ssl.keystore.': ['wire/secured-spec.ts', "sends the client's certificate, with %s"],
  'ssl.protocol': ['wire/secured-spec.ts', 'uses the versions and the cipher that are named'],
  'ssl.truststore.': [
    'kafka/tls-spec.ts',
    'may return with another certificate: the producer continues once its trust store has it',
  ],
  'transaction.timeout.ms': [
    'kafka/transactions-spec.ts',
    'a transaction that takes too long is aborted in time, and the producer continues to work',
  ],
  'transactional.id': [
    'kafka/transactions-spec.ts',
    'a second producer with the same id fences the first, and ends its open transaction',
  ],
  'value.serializer': [
    'serialization/serializers-spec.ts',
    "$serializer gives '$given' the same bytes as Java",
  ],
}

/** The proof of a key. */
export function proofOf(name: KeyName): Proof {
  if (keys[name].refused !== undefined && keys[name].built === undefined) return refused
  const fitting = Object.keys(proofs).filter((start) => {
    return start === name || (start.endsWith('.') && name.startsWith(start))
  })
  const longest = fitting.sort((one, other) => other.length - one.length)[0]
  return longest === undefined ? refused : proofs[longest]!
}

/** Entries that no key uses. */
export function idleProofs(): string[] {
  return Object.keys(proofs).filter((start) => {
    return !keyNames.some(
      (name) => start === name || (start.endsWith('.') && name.startsWith(start)),
    )
  })
}
