#!/usr/bin/env bash
# github.com/segmentio/kafka-go v0.4.51 (Go 1.26, Kafka 3.9.1): a Reader with IsolationLevel ReadCommitted gives the
# records of aborted transactions, and the markers that end transactions, as messages.
# Guess: "only non-transactional and committed records are visible", as its documentation says; and a marker, which
#        Kafka's protocol calls a control record, is no message for any reader.
# Seen: of a (committed), b (aborted), c (committed) it gives a, a marker, b, a marker and c; franz-go gives a and c.
#       A marker is a message of six bytes. It asks the broker for read_committed, and leaves nothing out itself.
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
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
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
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	server := os.Args[1]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	produce(ctx, server)
	fmt.Printf("kafka-go: %s; franz-go: %s\n", byKafkaGo(ctx, server), byFranzGo(ctx, server))
}

func produce(ctx context.Context, server string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(server), kgo.TransactionalID("p"), kgo.AllowAutoTopicCreation())
	check(err)
	defer client.Close()
	for _, one := range []struct {
		value string
		end   kgo.TransactionEndTry
	}{{"a", kgo.TryCommit}, {"b", kgo.TryAbort}, {"c", kgo.TryCommit}} {
		check(client.BeginTransaction())
		check(client.ProduceSync(ctx, &kgo.Record{Topic: "t", Value: []byte(one.value)}).FirstErr())
		check(client.EndTransaction(ctx, one.end))
	}
}

func byKafkaGo(ctx context.Context, server string) string {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{server}, Topic: "t", MaxWait: 500 * time.Millisecond, IsolationLevel: kafka.ReadCommitted,
	})
	defer reader.Close()
	return until("c", func() string {
		message, err := reader.ReadMessage(ctx)
		check(err)
		if len(message.Value) == 6 {
			return "marker"
		}
		return string(message.Value)
	})
}

func byFranzGo(ctx context.Context, server string) string {
	client, err := kgo.NewClient(kgo.SeedBrokers(server), kgo.ConsumeTopics("t"), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	check(err)
	defer client.Close()
	return until("c", func() string {
		for {
			if records := client.PollRecords(ctx, 1).Records(); len(records) == 1 {
				return string(records[0].Value)
			}
			check(ctx.Err())
		}
	})
}

func until(last string, next func() string) string {
	var all []string
	for {
		all = append(all, next())
		if all[len(all)-1] == last {
			return strings.Join(all, " ")
		}
	}
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
[ "$seen" = 'kafka-go: a marker b marker c; franz-go: a c' ]
