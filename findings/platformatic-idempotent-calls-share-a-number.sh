#!/usr/bin/env bash
# @platformatic/kafka 1.35.0 (Node 20.20.2, Kafka 4.0.0): of several idempotent send() calls that are in flight to one
# partition at the same time, all are acknowledged, with the same offset, but only one is written.
# Guess: idempotence only adds protection: each call is written once.
# Seen: a call takes its sequence number when it is built, and the number rises with the answer. So overlapping calls
#       have the same number, and the broker treats the others as repeats of the first. Calls of different sizes are
#       refused with OUT_OF_ORDER_SEQUENCE_NUMBER. Calls that are made one after the other are all written.
set -euo pipefail
dir=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill "$broker" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @platformatic/kafka@1.35.0
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.0.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >/dev/null
read -r port quorum < <(node -e "
const net = require('node:net')
const servers = [net.createServer(), net.createServer()]
let open = 0
for (const one of servers) one.listen(0, '127.0.0.1', () => {
  if (++open < 2) return
  console.log(servers.map((each) => each.address().port).join(' '))
  for (const each of servers) each.close()
})")
cat > server.properties <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$quorum
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$quorum
controller.listener.names=CONTROLLER
log.dirs=$dir/data
num.partitions=1
auto.create.topics.enable=true
offsets.topic.replication.factor=1
EOF
kafka() { java -Xmx384m -cp "$(cat classpath)" "$@"; }
kafka kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c server.properties >/dev/null 2>&1
java -Xmx384m -cp "$(cat classpath)" kafka.Kafka server.properties >broker.log 2>&1 &
broker=$!
cat > run.mjs <<'JS'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ListOffsetTimestamps, Consumer, Producer } from '@platformatic/kafka'
const [host, port] = ['127.0.0.1', Number(process.argv[2])]
const isUp = () => new Promise((resolve) => {
  const socket = connect({ host, port }, () => resolve(true))
  socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
})
for (let tries = 0; !(await isUp()) && tries < 120; tries += 1) await sleep(500)
const bootstrapBrokers = [`${host}:${port}`]
const log = async (topic) => {
  const consumer = new Consumer({ clientId: 'c', groupId: 'g', bootstrapBrokers })
  const offsets = await consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST })
  await consumer.close()
  return Number(offsets.get(topic)[0])
}
async function outcome(topic, idempotent) {
  const producer = new Producer({ clientId: 'p', bootstrapBrokers, idempotent, autocreateTopics: true })
  const send = (value) => producer.send({ acks: -1, messages: [{ topic, value: Buffer.from(value) }] })
  for (let tries = 0; ; tries += 1) {
    try { await send('first'); break } catch (error) { if (tries === 40) throw error; await sleep(500) }
  }
  const before = await log(topic)
  const results = await Promise.all(['a', 'b', 'c'].map(send))
  const offsets = results.map(({ offsets: [{ offset }] }) => Number(offset) - before)
  await producer.close()
  return `acknowledged at +${offsets.sort().join(', +')}; written: ${(await log(topic)) - before}`
}
const seen = { plain: await outcome('plain', false), idempotent: await outcome('idempotent', true) }
console.log(process.version, seen)
const expected = {
  plain: 'acknowledged at +0, +1, +2; written: 3',
  idempotent: 'acknowledged at +0, +0, +0; written: 1',
}
if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error('it behaves otherwise now')
JS
node run.mjs "$port"
