#!/usr/bin/env bash
# kafka-clients 4.4.0 (Java 17): socket.connection.setup.timeout.ms accepts a negative number, and then nothing
# is ever sent.
# Guess: it must be at least 0, like similar keys (request.timeout.ms, reconnect.backoff.ms, max.block.ms), or a
#        negative number means no limit, as in connections.max.idle.ms.
# Seen: the similar keys refuse -1 when the producer is created. This key accepts it. With a server that accepts
#       connections, every record then fails with a TimeoutException after max.block.ms.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId><version>4.4.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath >/dev/null
cat > Seen.java <<'JAVA'
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.HashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

public class Seen {
  public static void main(String[] args) throws Exception {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread accepting = new Thread(() -> {
      try {
        while (true) server.accept();
      } catch (java.io.IOException over) {
      }
    });
    accepting.setDaemon(true);
    accepting.start();
    String[] keys = {"request.timeout.ms", "reconnect.backoff.ms", "max.block.ms", "socket.connection.setup.timeout.ms"};
    for (String key : keys) System.out.println(key + " " + outcome(key, server.getLocalPort()));
    System.exit(0);
  }

  private static String outcome(String key, int port) throws Exception {
    String serializer = "org.apache.kafka.common.serialization.StringSerializer";
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:" + port,
        "key.serializer", serializer, "value.serializer", serializer, "max.block.ms", "2000"));
    config.put(key, "-1");
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(config)) {
      producer.send(new ProducerRecord<>("topic", "value")).get();
      return "sent";
    } catch (ExecutionException failed) {
      return "taken, then " + failed.getCause().getClass().getSimpleName();
    } catch (org.apache.kafka.common.config.ConfigException refused) {
      return "refused";
    }
  }
}
JAVA
seen=$(java -cp "$(cat classpath)" Seen.java 2>/dev/null)
echo "$seen"
[ "$seen" = 'request.timeout.ms refused
reconnect.backoff.ms refused
max.block.ms refused
socket.connection.setup.timeout.ms taken, then TimeoutException' ]
