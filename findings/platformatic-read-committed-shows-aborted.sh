#!/usr/bin/env bash
# @platformatic/kafka 1.35.0 (Node 20, Kafka 3.9.1): a consumer with isolationLevel 1, read_committed, returns
# records of aborted transactions, if one producer has aborted two transactions within one fetch response.
# Guess: read_committed returns only committed records, as in Kafka's consumer and kafkajs.
# Seen: of a (committed), b (aborted), c (aborted), d (committed) it returns a b d; kafkajs returns a d.
# From the list of aborted transactions, it keeps only the last one of each producer id.
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
import { Consumer } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const server = `127.0.0.1:${process.argv[2]}`
const kafka = new kafkajs.Kafka({ brokers: [server], logLevel: 0, retry: { retries: 20 } })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: 't', numPartitions: 1 }], waitForLeaders: true })
const producer = kafka.producer({ transactionalId: 'p', idempotent: true, maxInFlightRequests: 1 })
await producer.connect()
for (const [value, end] of [['a', 'commit'], ['b', 'abort'], ['c', 'abort'], ['d', 'commit']]) {
  const transaction = await producer.transaction()
  await transaction.send({ topic: 't', messages: [{ value }] })
  await transaction[end]()
}

async function byPlatformatic() {
  const consumer = new Consumer({ clientId: 'c', groupId: 'g', bootstrapBrokers: [server], isolationLevel: 1 })
  const seen = []
  for await (const { value } of await consumer.consume({ topics: ['t'], mode: 'earliest' })) {
    seen.push(`${value}`)
    if (seen.at(-1) === 'd') return seen
  }
}

async function byKafkajs() {
  const consumer = kafka.consumer({ groupId: 'h', readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  const seen = []
  return new Promise((resolve) => {
    const eachMessage = async ({ message }) => {
      seen.push(`${message.value}`)
      if (seen.at(-1) === 'd') resolve(seen)
    }
    consumer.run({ eachMessage })
  })
}

console.log(`platformatic: ${(await byPlatformatic()).join(' ')}; kafkajs: ${(await byKafkajs()).join(' ')}`)
process.exit()
JS
seen=$(node run.mjs "$port")
echo "$seen"
[ "$seen" = 'platformatic: a b d; kafkajs: a d' ]
