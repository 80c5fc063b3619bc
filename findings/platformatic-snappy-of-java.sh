#!/usr/bin/env bash
# @platformatic/kafka 1.35.0 (Node 20, Kafka 3.9.1): a consumer cannot read batches that Java's producer has compressed
# with snappy. Its stream fails, and the reason is the word 'unreachable' of its WebAssembly.
# Guess: snappy is snappy: it lists the codec as available, and kafkajs reads such a topic.
# Seen: Java writes blocks in the frame of snappy-java (xerial), which it does not know; it reads gzip of the same
#       producer. Its 2.12.1, which needs Node 22, reads both.
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
group.initial.rebalance.delay.ms=0
PROPERTIES
export CLASSPATH
CLASSPATH=$(cat classpath)
java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c server.properties >/dev/null 2>&1
java -Xmx256m kafka.Kafka server.properties >/dev/null 2>&1 &
broker=$!
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @platformatic/kafka@1.35.0 kafkajs@2.2.4 kafkajs-snappy@1.1.0
for codec in gzip snappy; do
  echo 'hello hello hello hello' | java kafka.tools.ConsoleProducer --bootstrap-server "127.0.0.1:$port" --topic "$codec" \
    --compression-codec "$codec" >/dev/null 2>&1
done
cat > run.mjs <<'JS'
import { Consumer } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import SnappyCodec from 'kafkajs-snappy'

kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = SnappyCodec
const server = `127.0.0.1:${process.argv[2]}`

async function byPlatformatic(topic) {
  const consumer = new Consumer({ clientId: 'c', groupId: topic, bootstrapBrokers: [server] })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
  return new Promise((resolve) => {
    stream.on('data', ({ value }) => resolve(`${value}`.slice(0, 5)))
    stream.on('error', ({ errors = [] }) => resolve(`fails: ${errors.at(-1)?.message}`))
  })
}

async function byKafkajs(topic) {
  const consumer = new kafkajs.Kafka({ brokers: [server], logLevel: 0 }).consumer({ groupId: `j-${topic}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  return new Promise((resolve) => {
    consumer.run({ eachMessage: async ({ message }) => resolve(`${message.value}`.slice(0, 5)) })
  })
}

for (const topic of ['gzip', 'snappy']) {
  console.log(`${topic}: kafkajs ${await byKafkajs(topic)}, platformatic ${await byPlatformatic(topic)}`)
}
process.exit()
JS
seen=$(node run.mjs "$port")
echo "$seen"
[ "$seen" = 'gzip: kafkajs hello, platformatic hello
snappy: kafkajs hello, platformatic fails: unreachable' ]
