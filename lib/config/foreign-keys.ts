// Keys that other Kafka clients have, and what Kafka's own producer calls them. Only for the error
// that an unknown key gets: none of them is accepted.

/** A key elsewhere, the key here (null: there is none), and what differs. */
type ForeignKey = readonly [name: string, ours: string | null, remark?: string]

const onlyConsumer = 'it is a setting of consumers'
const oneRow = 'give the whole of it as one JAAS line'

const librdkafka: readonly ForeignKey[] = [
  ['metadata.broker.list', 'bootstrap.servers'],
  ['queue.buffering.max.kbytes', 'buffer.memory', 'in bytes'],
  ['queue.buffering.max.messages', 'buffer.memory', 'which bounds bytes, not records'],
  ['queue.buffering.max.ms', 'linger.ms'],
  ['message.timeout.ms', 'delivery.timeout.ms'],
  ['message.send.max.retries', 'retries'],
  ['message.max.bytes', 'max.request.size'],
  ['batch.num.messages', 'batch.size', 'which bounds bytes, not records'],
  ['compression.codec', 'compression.type'],
  ['compression.level', 'compression.gzip.level', 'with one key for each codec'],
  ['request.required.acks', 'acks'],
  ['max.in.flight', 'max.in.flight.requests.per.connection'],
  ['partitioner', 'partitioner.class', 'and takes a function, such as consistentRandom'],
  ['sticky.partitioning.linger.ms', null, 'a sticky choice lasts for batch.size bytes here'],
  ['socket.timeout.ms', 'request.timeout.ms'],
  ['socket.send.buffer.bytes', 'send.buffer.bytes'],
  ['socket.receive.buffer.bytes', 'receive.buffer.bytes'],
  ['socket.keepalive.enable', null, 'idle connections are closed by connections.max.idle.ms'],
  ['socket.nagle.disable', null, 'Nagle is always off'],
  ['topic.metadata.refresh.interval.ms', 'metadata.max.age.ms'],
  ['ssl.ca.location', 'ssl.truststore.location'],
  ['ssl.ca.pem', 'ssl.truststore.certificates'],
  ['ssl.certificate.location', 'ssl.keystore.location'],
  ['ssl.certificate.pem', 'ssl.keystore.certificate.chain'],
  ['ssl.key.location', 'ssl.keystore.location'],
  ['ssl.key.pem', 'ssl.keystore.key'],
  ['sasl.mechanisms', 'sasl.mechanism'],
  ['sasl.username', 'sasl.jaas.config', oneRow],
  ['sasl.password', 'sasl.jaas.config', oneRow],
  ['statistics.interval.ms', null, 'nothing is emitted on a timer here'],
  ['enable.gapless.guarantee', 'enable.idempotence'],
  ['api.version.request', null, 'versions are always negotiated'],
  ['broker.version.fallback', null, 'versions are always negotiated'],
  ['dr_cb', null, 'each record gives a result of its own'],
  ['dr_msg_cb', null, 'each record gives a result of its own'],
  ['debug', null, 'this client never logs'],
  ['log_level', null, 'this client never logs'],
]

const nodeClients: readonly ForeignKey[] = [
  ['brokers', 'bootstrap.servers'],
  ['bootstrapBrokers', 'bootstrap.servers'],
  ['seedBrokers', 'bootstrap.servers'],
  ['kafkaHost', 'bootstrap.servers'],
  ['servers', 'bootstrap.servers'],
  ['hosts', 'bootstrap.servers'],
  ['compression', 'compression.type'],
  ['idempotent', 'enable.idempotence'],
  ['requireAcks', 'acks'],
  ['requiredAcks', 'acks'],
  ['timeout', 'request.timeout.ms'],
  ['requestTimeout', 'request.timeout.ms'],
  ['connectionTimeout', 'socket.connection.setup.timeout.ms'],
  ['connectTimeout', 'socket.connection.setup.timeout.ms'],
  ['maxInFlightRequests', 'max.in.flight.requests.per.connection'],
  ['maxInflights', 'max.in.flight.requests.per.connection'],
  ['metadataMaxAge', 'metadata.max.age.ms'],
  ['transactionTimeout', 'transaction.timeout.ms'],
  ['retry', 'retries', 'with retry.backoff.ms and retry.backoff.max.ms'],
  ['retryDelay', 'retry.backoff.ms'],
  ['createPartitioner', 'partitioner.class'],
  ['partitionerType', 'partitioner.class'],
  ['serializers', 'value.serializer', 'and key.serializer'],
  ['ssl', 'security.protocol', 'with the keys that begin with ssl.'],
  ['tls', 'security.protocol', 'with the keys that begin with ssl.'],
  ['sasl', 'security.protocol', 'with the keys that begin with sasl.'],
  ['allowAutoTopicCreation', null, 'brokers decide by auto.create.topics.enable'],
  ['autocreateTopics', null, 'brokers decide by auto.create.topics.enable'],
  ['allow.auto.create.topics', null, 'brokers decide by auto.create.topics.enable'],
  ['logLevel', null, 'this client never logs'],
  ['logCreator', null, 'this client never logs'],
]

const elsewhere: readonly ForeignKey[] = [
  ['group.id', null, onlyConsumer],
  ['auto.offset.reset', null, onlyConsumer],
  ['enable.auto.commit', null, onlyConsumer],
  ['key.deserializer', null, onlyConsumer],
  ['value.deserializer', null, onlyConsumer],
  ['schema.registry.url', null, 'give it to your serializer'],
  ['min.insync.replicas', null, 'it is a setting of topics'],
  ['block.on.buffer.full', 'max.block.ms'],
  ['metadata.fetch.timeout.ms', 'max.block.ms'],
  ['timeout.ms', 'request.timeout.ms'],
  ['auto.include.jmx.reporter', null, 'there is no JMX here'],
  ['serializer.class', 'value.serializer', 'and key.serializer'],
  ['producer.type', null, 'every producer is asynchronous'],
]

/** All of them. */
export const foreignKeys: readonly ForeignKey[] = [...librdkafka, ...nodeClients, ...elsewhere]
