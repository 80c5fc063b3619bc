#!/usr/bin/env bash
# Apache Kafka 4.4.0 (Java 17), two brokers, topics with two replicas: after a commit, nobody sends anything for
# 300 ms. Then the coordinator is asked for the state of the transaction (DescribeTransactions).
# Guess: CompleteCommit. The markers are written within a few milliseconds, as with one broker.
# Seen: mostly still PrepareCommit, and CompleteCommit 50 ms after that question. The last write of the coordinator,
# made by the thread that sends the markers, is passed on to the waiting replicas only when some request of anybody
# has been handled, or after replica.fetch.wait.max.ms (500). Until then the next transaction of that producer is held,
# for 20 ms and more.
set -euo pipefail
dir=$(mktemp -d)
brokers=()
trap 'for pid in "${brokers[@]}"; do kill -9 "$pid" 2>/dev/null || true; done; rm -rf "$dir"' EXIT
cd "$dir"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >/dev/null
read -r controller first second < <(node -e "
const servers = [0, 0, 0].map(() => require('net').createServer().listen(0, '127.0.0.1'))
setTimeout(() => { console.log(servers.map((one) => one.address().port).join(' ')); process.exit() }, 200)")
export CLASSPATH
CLASSPATH=$(cat classpath)
start() { # id, roles, listeners
  cat > "$1.properties" <<PROPERTIES
node.id=$1
process.roles=$2
listeners=$3
controller.quorum.voters=3@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$dir/$1
offsets.topic.replication.factor=2
transaction.state.log.replication.factor=2
transaction.state.log.min.isr=2
PROPERTIES
  java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c "$1.properties" >/dev/null 2>&1
  java -Xmx256m kafka.Kafka "$1.properties" >/dev/null 2>&1 &
  brokers+=("$!")
}
start 3 controller "CONTROLLER://127.0.0.1:$controller"
start 1 broker "PLAINTEXT://127.0.0.1:$first"
start 2 broker "PLAINTEXT://127.0.0.1:$second"
cat > Run.java <<'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.StringSerializer;

public class Run {
  public static void main(String[] args) throws Exception {
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", args[0], "enable.metrics.push", false));
    Admin admin = Admin.create(config);
    while (admin.describeCluster().nodes().get().size() < 2) Thread.sleep(100);
    admin.createTopics(List.of(new NewTopic("t", 1, (short) 2))).all().get();
    Thread.sleep(1000);
    config.put("transactional.id", "id");
    StringSerializer text = new StringSerializer();
    KafkaProducer<String, String> producer = new KafkaProducer<>(config, text, text);
    producer.initTransactions();
    int early = 0, late = 0;
    for (int round = 0; round < 30; round++) {
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("t", "a"));
      producer.commitTransaction();
      if (round < 10) continue; // the first ones are slow
      Thread.sleep(300);
      if (state(admin) == TransactionState.PREPARE_COMMIT) early++;
      Thread.sleep(50);
      if (state(admin) == TransactionState.PREPARE_COMMIT) late++;
    }
    System.out.println(early + " of 20 are not complete after 300 ms, " + late + " 50 ms after that question");
    System.exit(early > 10 && late < 5 ? 0 : 1);
  }

  static TransactionState state(Admin admin) throws Exception {
    return admin.describeTransactions(List.of("id")).all().get().get("id").state();
  }
}
JAVA
quiet=-Dorg.slf4j.simpleLogger.defaultLogLevel=off
java -cp "$CLASSPATH" "$quiet" Run.java "127.0.0.1:$first,127.0.0.1:$second" 2>/dev/null
