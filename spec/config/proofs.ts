// Which test shows that a key does here what it does in Java. A key whose feature is refused is shown by the
// table's own spec: the default is accepted, anything else is a ConfigError that says why.

import { type KeyName, keyNames, keys } from '../../lib/config/keys.ts'

/** A file below spec/, and the title of a test in it as it is written there. */
export type Proof = readonly [file: string, title: string]

const refused: Proof = [
  'config/keys-spec.ts',
  'refuses any value of %s but its default, and says why',
]

/** By key, or by how keys begin; the longest that fits counts. */
const proofs: Readonly<Record<string, Proof>> = {
  acks: ['kafka/real-kafka-spec.ts', 'knows no offset, and says -1'],
  'batch.size': ['stages/accumulate-spec.ts', 'leases a batch that is full at once'],
  'bootstrap.resolve.timeout.ms': [
    'scenarios/bootstrap-names-spec.ts',
    'fails all that waits, for good, where no host was known in time',
  ],
  'bootstrap.servers': ['scenarios/metadata-spec.ts', 'is passed over for the next of the list'],
  'buffer.memory': [
    'scenarios/buffer-full-spec.ts',
    'records wait, in order, and all are delivered',
  ],
  'buffer.memory.allocation.strategy': ['config/keys-spec.ts', "gives $name Java's type and range"],
  'client.dns.lookup': [
    'scenarios/bootstrap-names-spec.ts',
    'has bootstrap servers connected to by names that their certificates have',
  ],
  'client.id': [
    'config/resolve-config-spec.ts',
    'keeps a client id as it is, an empty one too, and leaves an absent one to the producer',
  ],
  'client.rack': [
    'scenarios/racks-spec.ts',
    'gives records without a key to all partitions whose leaders are in its rack, and to no other',
  ],
  'compression.': [
    'config/resolve-config-spec.ts',
    'comes with the level of each codec that has some',
  ],
  'compression.type': [
    'scenarios/compression-spec.ts',
    'brings records to the log, batches compressed by it',
  ],
  'config.providers': [
    'config/providers-spec.ts',
    'are filled in from a file, a folder and the environment',
  ],
  'connections.max.idle.ms': [
    'scenarios/watching-spec.ts',
    'is told when it may be used and when it ends, a bootstrap server’s by a negative id',
  ],
  'delivery.timeout.ms': [
    'stages/accumulate-spec.ts',
    'reports a batch that nobody settled within delivery.timeout.ms',
  ],
  'enable.idempotence': [
    'kafka/real-kafka-spec.ts',
    'gets its lines in order, idempotently (try %i)',
  ],
  'enable.metrics.push': [
    'kafka/telemetry-spec.ts',
    'come at its interval and once more at the end, as OTLP has them',
  ],
  'interceptor.classes': [
    'scenarios/user-code-spec.ts',
    'that throws on the way out is reported and skipped; the next gets the last good record',
  ],
  'key.serializer': [
    'serialization/serializers-spec.ts',
    "$serializer makes of '$given' the bytes that Java makes",
  ],
  'linger.ms': [
    'stages/accumulate-spec.ts',
    'waits lingerMs from the first record of a batch, not the last',
  ],
  'max.block.ms': ['scenarios/buffer-full-spec.ts', 'a record fails when max.block.ms has passed'],
  'max.in.flight.requests.per.connection': [
    'wire/connection-spec.ts',
    'takes requests up to its bound, and offers each slot that an answer frees',
  ],
  'max.request.size': [
    'kafka/real-kafka-spec.ts',
    'fails a record that is larger than max.request.size, unsent',
  ],
  'metadata.cluster.check.enable': [
    'scenarios/rebootstrap-spec.ts',
    'is told from it where that is checked: %s',
  ],
  'metadata.max.age.ms': [
    'scenarios/fresh-metadata-spec.ts',
    'comes by age alone where all goes well, and not sooner',
  ],
  'metadata.max.idle.ms': [
    'scenarios/topic-lifetime-spec.ts',
    'is still known when the batch has lingered for longer than metadata.max.idle.ms',
  ],
  'metadata.recovery.rebootstrap.trigger.ms': [
    'producer/cluster-options-spec.ts',
    'are the settings by the names of the cluster',
  ],
  'metadata.recovery.strategy': [
    'producer/cluster-options-spec.ts',
    'never rebootstrap where that is not wanted',
  ],
  'metric.reporters': [
    'scenarios/reporters-spec.ts',
    'are told of each metric that metrics() gives, once, and read the same values',
  ],
  'metrics.': ['scenarios/metrics-spec.ts', 'look back for as long as it was configured'],
  'metrics.recording.level': ['config/keys-spec.ts', "gives $name Java's type and range"],
  'partitioner.adaptive.partitioning.enable': [
    'producer/adaptive-spec.ts',
    'go anywhere alike where that is not wanted',
  ],
  'partitioner.availability.timeout.ms': [
    'producer/adaptive-spec.ts',
    'gets no more records without a key after partitioner.availability.timeout.ms',
  ],
  'partitioner.class': [
    'scenarios/user-code-spec.ts',
    'as an object with a method works as well, and null leaves it to the sticky choice',
  ],
  'partitioner.ignore.keys': [
    'stages/partition-spec.ts',
    'treats records with a key so, too, where keys are to be ignored',
  ],
  'partitioner.rack.aware': [
    'scenarios/racks-spec.ts',
    'uses all partitions while its rack leads none, and comes back when it does',
  ],
  'reconnect.backoff.': [
    'scenarios/exponential-backoff-spec.ts',
    'double from reconnect.backoff.ms up to reconnect.backoff.max.ms',
  ],
  'request.timeout.ms': [
    'scenarios/throttling-spec.ts',
    'gives requests in flight that much longer before they time out',
  ],
  retries: [
    'config/resolve-config-spec.ts',
    'retries 0 alone switches idempotence off, and says so',
  ],
  'retry.backoff.': [
    'scenarios/exponential-backoff-spec.ts',
    'double from retry.backoff.ms up to retry.backoff.max.ms while a batch is refused',
  ],
  'sasl.jaas.config': ['scenarios/sasl-spec.ts', 'by the JAAS line of Java does the same'],
  'sasl.login.callback.handler.class': [
    'scenarios/sasl-spec.ts',
    'logs in by OAUTHBEARER, in one round',
  ],
  'sasl.login.connect.timeout.ms': [
    'wire/outside-spec.ts',
    'fails where nobody listens, where the address is none, and where no answer comes',
  ],
  'sasl.login.read.timeout.ms': [
    'wire/outside-spec.ts',
    'fails where nobody listens, where the address is none, and where no answer comes',
  ],
  'sasl.login.refresh.': ['security/tokens-spec.ts', 'of an hour is used for 80 % of it'],
  'sasl.login.refresh.buffer.seconds': [
    'security/tokens-spec.ts',
    'of ten minutes is renewed five minutes before its end',
  ],
  'sasl.login.refresh.min.period.seconds': [
    'security/tokens-spec.ts',
    'of less than minimum and buffer together is used for 80 % of what is left',
  ],
  'sasl.login.retry.': [
    'security/token-endpoint-spec.ts',
    'is asked again after what may pass, with pauses that double',
  ],
  'sasl.mechanism': ['scenarios/sasl-spec.ts', 'by %s delivers in order, after %i rounds'],
  'sasl.oauthbearer.': [
    'config/oauthbearer-spec.ts',
    'come from an endpoint, by client credentials',
  ],
  'sasl.oauthbearer.assertion.': [
    'config/oauthbearer-spec.ts',
    'come from it by an assertion that is made, or one in a file',
  ],
  'sasl.oauthbearer.header.urlencode': [
    'config/oauthbearer-spec.ts',
    'come from it with all encoded, if asked to',
  ],
  'sasl.oauthbearer.jwt.retriever.class': [
    'config/oauthbearer-spec.ts',
    'come from a file, as it is at each login',
  ],
  'sasl.oauthbearer.token.endpoint.url': ['kafka/oidc-spec.ts', 'refuses at once where %s'],
  'sasl.password': ['scenarios/sasl-spec.ts', 'by %s delivers in order, after %i rounds'],
  'sasl.username': ['scenarios/sasl-spec.ts', 'by %s delivers in order, after %i rounds'],
  'security.protocol': [
    'kafka/tls-spec.ts',
    'answers with an alert to a client in the clear at a listener of TLS',
  ],
  'socket.connection.setup.': [
    'scenarios/exponential-backoff-spec.ts',
    'come after a set-up timeout that doubles as well, where nobody answers',
  ],
  'ssl.': ['config/tls-spec.ts', 'take %s'],
  'ssl.cipher.suites': ['wire/secured-spec.ts', 'uses the versions and the cipher that are named'],
  'ssl.enabled.protocols': [
    'wire/secured-spec.ts',
    'uses the versions and the cipher that are named',
  ],
  'ssl.endpoint.identification.algorithm': [
    'wire/secured-spec.ts',
    'takes any name where ssl.endpoint.identification.algorithm is empty, and no other authority',
  ],
  'ssl.engine.factory.class': [
    'security/tls-factory-spec.ts',
    'is asked for each connection, with the address',
  ],
  'ssl.keystore.': [
    'wire/secured-spec.ts',
    'shows the certificate of the client that it has, by %s',
  ],
  'ssl.protocol': ['wire/secured-spec.ts', 'uses the versions and the cipher that are named'],
  'ssl.truststore.': [
    'kafka/tls-spec.ts',
    'may come back with another certificate: the producer goes on once its trust store has it',
  ],
  'transaction.timeout.ms': [
    'kafka/transactions-spec.ts',
    'a transaction that takes too long is aborted in time, and the producer lives on',
  ],
  'transactional.id': [
    'kafka/transactions-spec.ts',
    'a second producer with the id fences the first, and ends what it left open',
  ],
  'value.serializer': [
    'serialization/serializers-spec.ts',
    "$serializer makes of '$given' the bytes that Java makes",
  ],
}

/** What shows a key. */
export function proofOf(name: KeyName): Proof {
  if (keys[name].refused !== undefined && keys[name].built === undefined) return refused
  const fitting = Object.keys(proofs).filter((start) => {
    return start === name || (start.endsWith('.') && name.startsWith(start))
  })
  const longest = fitting.sort((one, other) => other.length - one.length)[0]
  return longest === undefined ? refused : proofs[longest]!
}

/** Entries that no key has any use for. */
export function idleProofs(): string[] {
  return Object.keys(proofs).filter((start) => {
    return !keyNames.some(
      (name) => start === name || (start.endsWith('.') && name.startsWith(start)),
    )
  })
}
