#!/usr/bin/env bash
# kafka-ts 1.5.0 (Node 20, Kafka 3.9.1): a consumer gives keys, values and headers as text, and headers as an object.
# Guess: a record comes as it was written: its bytes, and each of its headers, of which two may have one name.
# Seen: the bytes 00 ff come as 00 ef bf bd (U+FFFD), as key, value and header; of two headers 'a' the last one is left.
#       kafkajs gives the bytes, and both headers.
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
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
PROPERTIES
export CLASSPATH
CLASSPATH=$(cat classpath)
java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c server.properties >/dev/null 2>&1
java -Xmx256m kafka.Kafka server.properties >/dev/null 2>&1 &
broker=$!
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafka-ts@1.5.0 kafkajs@2.2.4
cat > run.mjs <<'JS'
import { createKafkaClient } from 'kafka-ts'
import kafkajs from 'kafkajs'

const [host, port] = ['127.0.0.1', Number(process.argv[2])]
const kafka = new kafkajs.Kafka({ brokers: [`${host}:${port}`], logLevel: 0, retry: { retries: 20 } })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: 't', numPartitions: 1 }], waitForLeaders: true })
const producer = kafka.producer()
await producer.connect()
const bytes = Buffer.from([0, 255])
const headers = { a: ['1', '2'], b: bytes }
await producer.send({ topic: 't', messages: [{ key: bytes, value: bytes, headers }] })

function told({ key, value, headers }) {
  const hex = (given) => [given].flat().map((one) => Buffer.from(one).toString('hex')).join('+')
  const named = Object.entries(headers).map(([name, given]) => `${name}=${hex(given)}`)
  return [hex(key), hex(value), ...named].join(' ')
}

const byKafkajs = await new Promise(async (resolve) => {
  const consumer = kafka.consumer({ groupId: 'j' })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => resolve(told(message)) })
})
// The coordinator of groups is there by now: kafka-ts does not wait for it.
const byKafkaTs = await new Promise((resolve) => {
  const client = createKafkaClient({ clientId: 'c', bootstrapServers: [{ host, port }] })
  const onBatch = ([message]) => resolve(told(message))
  client.startConsumer({ groupId: 't', topics: ['t'], allowTopicAutoCreation: false, fromTimestamp: 0n, onBatch })
})
console.log(`kafka-ts: ${byKafkaTs}`)
console.log(`kafkajs: ${byKafkajs}`)
process.exit()
JS
seen=$(node run.mjs "$port")
echo "$seen"
[ "$seen" = 'kafka-ts: 00efbfbd 00efbfbd a=32 b=00efbfbd
kafkajs: 00ff 00ff a=31+32 b=00ff' ]
