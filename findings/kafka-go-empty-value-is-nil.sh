#!/usr/bin/env bash
# github.com/segmentio/kafka-go v0.4.51 (Go 1.26, Kafka 3.9.1): a Reader gives nil for an empty value, as it does for a
# null one, so an empty value cannot be told from a tombstone.
# Guess: an empty value is a slice of length 0, and only null is nil, as in franz-go and sarama: in a compacted topic null
#        is a tombstone, and an empty value is a value.
# Seen: a record whose key, value and header are empty: nil nil nil; franz-go: [] [] [].
set -euo pipefail
dir=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill -9 "$broker" 2>/dev/null || true; chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
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
PROPERTIES
export CLASSPATH
CLASSPATH=$(cat classpath)
java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c server.properties >/dev/null 2>&1
java -Xmx256m kafka.Kafka server.properties >/dev/null 2>&1 &
broker=$!
mkdir seen
cat > seen/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	server := os.Args[1]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	produce(ctx, server)

	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{server}, Topic: "t", MaxWait: 500 * time.Millisecond})
	defer reader.Close()
	message, err := reader.ReadMessage(ctx)
	check(err)
	fmt.Println("kafka-go:", told(message.Key), told(message.Value), told(message.Headers[0].Value))

	client, err := kgo.NewClient(kgo.SeedBrokers(server), kgo.ConsumeTopics("t"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	check(err)
	defer client.Close()
	record := client.PollRecords(ctx, 1).Records()[0]
	fmt.Println("franz-go:", told(record.Key), told(record.Value), told(record.Headers[0].Value))
}

func produce(ctx context.Context, server string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(server), kgo.AllowAutoTopicCreation())
	check(err)
	defer client.Close()
	headers := []kgo.RecordHeader{{Key: "h", Value: []byte{}}}
	check(client.ProduceSync(ctx, &kgo.Record{Topic: "t", Key: []byte{}, Value: []byte{}, Headers: headers}).FirstErr())
}

func told(bytes []byte) string {
	if bytes == nil {
		return "nil"
	}
	return fmt.Sprint(bytes)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
GO
cat > go.mod <<'MOD'
module finding

go 1.26

require (
	github.com/segmentio/kafka-go v0.4.51
	github.com/twmb/franz-go v1.22.3
)
MOD
go mod tidy >/dev/null 2>&1
seen=$(go run ./seen "127.0.0.1:$port")
echo "$seen"
[ "$seen" = 'kafka-go: nil nil nil
franz-go: [] [] []' ]
