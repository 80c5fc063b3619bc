import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads whole topics with Kafka's own consumer, to the ends that they have when it starts, and
 * prints a line of JSON for each record: partitions mixed, each partition in order.
 * Usage: RingReader BOOTSTRAP_SERVERS TOPIC...
 */
public final class RingReader {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long SILENCE_MS_MAX = 60_000;

  public static void main(String[] args) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", args[0]);
    config.put("enable.auto.commit", "false");
    config.put("max.poll.records", "20000");
    config.put("check.crcs", "true");
    var out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);
    var bytes = new ByteArrayDeserializer();
    try (var consumer = new KafkaConsumer<>(config, bytes, bytes)) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (int i = 1; i < args.length; i++) {
        for (PartitionInfo info : consumer.partitionsFor(args[i])) {
          partitions.add(new TopicPartition(info.topic(), info.partition()));
        }
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      readAll(consumer, consumer.endOffsets(partitions), out);
    }
    out.flush();
    if (out.checkError()) System.exit(1);
  }

  private static void readAll(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, PrintStream out) {
    long silentSince = System.nanoTime();
    var line = new StringBuilder();
    while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      var polled = consumer.poll(POLL);
      if (!polled.isEmpty()) silentSince = System.nanoTime();
      if (System.nanoTime() - silentSince > SILENCE_MS_MAX * 1_000_000) {
        throw new IllegalStateException("no record for " + SILENCE_MS_MAX + " ms");
      }
      for (ConsumerRecord<byte[], byte[]> record : polled) {
        line.setLength(0);
        line.append("{\"topic\":\"").append(record.topic()).append("\",\"partition\":");
        line.append(record.partition()).append(',');
        RecordJson.append(line, record.offset(), record.timestamp(), record.key(), record.value(),
            record.headers().toArray());
        out.append(line.append("}\n"));
      }
    }
  }
}
