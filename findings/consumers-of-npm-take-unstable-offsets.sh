#!/usr/bin/env bash
# kafkajs 2.2.4 and @platformatic/kafka 1.35.0 (Node 20, Kafka 3.9.1): a consumer with read_committed gets a partition
# while a transaction is about to commit the group's offset there. It begins at the old offset at once.
# Guess: it waits until that transaction has ended, as Kafka's consumer does (KIP-447: OffsetFetch with
# require_stable). Otherwise, records made from the messages in between are made twice.
# Seen: both begin at offset 0, and the transaction then commits offset 1. Kafka itself would answer
# UNSTABLE_OFFSET_COMMIT to a client that requests stable offsets.
set -euo pipefail
dir=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill -9 "$broker" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>3.9.1</version>
    </dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >/dev/null
read -r port controller < <(node -e "
const servers = [0, 0].map(() => require('net').createServer().listen(0, '127.0.0.1'))
setTimeout(() => { console.log(servers.map((one) => one.address().port).join(' ')); process.exit() }, 200)")
cat > server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$dir/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
PROPERTIES
export CLASSPATH
CLASSPATH=$(cat classpath)
java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c server.properties >/dev/null 2>&1
java -Xmx256m kafka.Kafka server.properties >/dev/null 2>&1 &
broker=$!
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @platformatic/kafka@1.35.0 kafkajs@2.2.4
cat > run.mjs <<'JS'
import { Admin, Consumer } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const server = `127.0.0.1:${process.argv[2]}`
const kafka = new kafkajs.Kafka({ brokers: [server], logLevel: 0, retry: { retries: 20 } })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: 't', numPartitions: 1 }], waitForLeaders: true })
const plain = kafka.producer()
await plain.connect()
await plain.send({ topic: 't', messages: [{ value: 'a' }, { value: 'b' }] })

/** What was just made, a coordinator or a marker, is not there at once. */
async function patiently(ask) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      if (tries === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

/** Where a consumer of the group begins, and where the group is afterwards. */
async function begins(groupId, firstOffset) {
  await patiently(() => admin.fetchOffsets({ groupId, topics: ['t'] }))
  const options = { transactionalId: groupId, idempotent: true, maxInFlightRequests: 1 }
  const producer = kafka.producer(options)
  await producer.connect()
  const transaction = await producer.transaction()
  const topics = [{ topic: 't', partitions: [{ partition: 0, offset: '1' }] }]
  await patiently(() => transaction.sendOffsets({ consumerGroupId: groupId, topics }))
  const stable = await stability(groupId)
  const first = await firstOffset(groupId)
  await transaction.commit()
  const committed = await patiently(async () => {
    const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: ['t'] })
    if (partitions[0].offset === '-1') throw new Error('the marker is not there yet')
    return partitions[0].offset
  })
  return `${stable}, begins at ${first}, then ${committed} is committed`
}

async function stability(groupId) {
  const groups = [{ groupId, topics: [{ name: 't', partitionIndexes: [0] }] }]
  const asking = new Admin({ clientId: 'a', bootstrapBrokers: [server], retries: 0 })
  return asking.listConsumerGroupOffsets({ groups, requireStable: true }).then(
    () => 'stable',
    (error) => error.findBy('apiId', 'UNSTABLE_OFFSET_COMMIT')?.apiId,
  )
}

async function byPlatformatic(groupId) {
  const options = { clientId: 'c', groupId, bootstrapBrokers: [server], isolationLevel: 1, autocommit: false }
  const topics = { topics: ['t'], mode: 'committed', fallbackMode: 'earliest' }
  for await (const { offset } of await new Consumer(options).consume(topics)) return offset
}

async function byKafkajs(groupId) {
  const consumer = kafka.consumer({ groupId, readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  return new Promise((resolve) => {
    consumer.run({ autoCommit: false, eachMessage: async ({ message }) => resolve(message.offset) })
  })
}

console.log(`platformatic: ${await begins('g', byPlatformatic)}`)
console.log(`kafkajs: ${await begins('h', byKafkajs)}`)
process.exit()
JS
seen=$(node run.mjs "$port")
echo "$seen"
[ "$seen" = 'platformatic: UNSTABLE_OFFSET_COMMIT, begins at 0, then 1 is committed
kafkajs: UNSTABLE_OFFSET_COMMIT, begins at 0, then 1 is committed' ]
