#!/usr/bin/env bash
# kafkajs 2.2.4 (Node 20, Kafka 3.9.1): a consumer gives a header whose name is a member of every object, such as
# 'constructor', 'toString' or '__proto__', as an array of that member and the value.
# Guess: the value of a header that a record has once is a Buffer, whatever its name, and only that of one that it has
#        several times is an array.
# Seen: of three headers with one value each, a is a Buffer, constructor a function and a Buffer, and __proto__ an object
#       and a Buffer.
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
npm install --silent --no-audit --no-fund kafkajs@2.2.4
cat > run.mjs <<'JS'
import kafkajs from 'kafkajs'

const kafka = new kafkajs.Kafka({ brokers: [`127.0.0.1:${process.argv[2]}`], logLevel: 0, retry: { retries: 20 } })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: 't', numPartitions: 1 }], waitForLeaders: true })
const producer = kafka.producer()
await producer.connect()
const headers = JSON.parse('{ "a": "v", "constructor": "v", "__proto__": "v" }')
await producer.send({ topic: 't', messages: [{ value: 'x', headers }] })
const consumer = kafka.consumer({ groupId: 'g' })
await consumer.connect()
await consumer.subscribe({ topic: 't', fromBeginning: true })
await consumer.run({
  eachMessage: async ({ message: { headers } }) => {
    const kindOf = (value) => (Buffer.isBuffer(value) ? 'Buffer' : typeof value)
    const named = Object.entries(headers).map(([name, value]) => `${name}=${[value].flat().map(kindOf).join('+')}`)
    console.log(named.join(' '))
    process.exit()
  },
})
JS
seen=$(node run.mjs "$port")
echo "$seen"
[ "$seen" = 'a=Buffer constructor=function+Buffer __proto__=object+Buffer' ]
