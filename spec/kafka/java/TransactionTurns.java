import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.internals.Exit;

/**
 * Kafka's own transactional producers, as many as are named, a consumer of what is committed, and Kafka's tools,
 * as a program that obeys: one command a line on standard input, one answer a line on standard output, both JSON. A call that
 * throws is answered with the names of what it threw, its causes behind it. Ends with its input.
 * Usage: TransactionTurns BOOTSTRAP_SERVERS
 */
public final class TransactionTurns {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, KafkaProducer<String, String>> PRODUCERS = new HashMap<>();

  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    Exit.setExitProcedure((status, message) -> {
      throw new Ended(status);
    });
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      ObjectNode answer = JSON.createObjectNode();
      try {
        answer.set("ok", obey(args[0], JSON.readTree(line)));
      } catch (Exception error) {
        answer.put("error", named(error));
      }
      out.println(JSON.writeValueAsString(answer));
      out.flush();
    }
    PRODUCERS.values().forEach(producer -> producer.close(Duration.ZERO));
  }

  private static JsonNode obey(String servers, JsonNode command) throws Exception {
    var producer = PRODUCERS.get(command.path("who").asText());
    switch (command.get("do").asText()) {
      case "open" -> PRODUCERS.put(command.get("who").asText(), producer(servers, command));
      case "init" -> producer.initTransactions();
      case "begin" -> producer.beginTransaction();
      case "send" -> producer.send(recordOf(command)).get();
      case "commit" -> producer.commitTransaction();
      case "abort" -> producer.abortTransaction();
      case "configure" -> configure(servers, command.get("configs"));
      case "read" -> {
        return read(servers, command.get("topic").asText());
      }
      case "offsets" -> {
        return offsets(servers, command.get("group").asText(), command.get("topic").asText());
      }
      case "tool" -> {
        return tool(command.get("main").asText(), command.get("args"));
      }
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
    return JSON.createObjectNode();
  }

  private static KafkaProducer<String, String> producer(String servers, JsonNode command) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("transactional.id", command.get("id").asText());
    config.put("max.block.ms", "20000");
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private static ProducerRecord<String, String> recordOf(JsonNode command) {
    int partition = command.get("partition").asInt();
    return new ProducerRecord<>(command.get("topic").asText(), partition, null, command.get("value").asText());
  }

  /** Settings of all brokers, while they run. */
  private static void configure(String servers, JsonNode configs) throws Exception {
    List<AlterConfigOp> ops = new ArrayList<>();
    configs.fields().forEachRemaining(e -> ops.add(
        new AlterConfigOp(new ConfigEntry(e.getKey(), e.getValue().asText()), AlterConfigOp.OpType.SET)));
    var all = new ConfigResource(ConfigResource.Type.BROKER, "");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      admin.incrementalAlterConfigs(Map.of(all, ops)).all().get();
    }
  }

  /** What is committed in a topic, by partition: `[{ offset, value }]`, up to its last stable offsets. */
  private static JsonNode read(String servers, String topic) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("isolation.level", "read_committed");
    var partitions = JSON.createArrayNode();
    var text = new StringDeserializer();
    try (var consumer = new KafkaConsumer<>(config, text, text)) {
      List<TopicPartition> all = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(info -> all.add(new TopicPartition(topic, info.partition())));
      all.forEach(partition -> partitions.addArray());
      consumer.assign(all);
      consumer.seekToBeginning(all);
      var ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          var entry = ((ArrayNode) partitions.get(record.partition())).addObject();
          entry.put("offset", record.offset()).put("value", record.value());
        }
      }
    }
    return partitions;
  }

  /** `[offset]`, by partition, of what a group has committed, once no transaction is about to change it. */
  private static JsonNode offsets(String servers, String group, String topic) throws Exception {
    var offsets = JSON.createArrayNode();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      var stable = new ListConsumerGroupOffsetsOptions().requireStable(true);
      var all = admin.listConsumerGroupOffsets(group, stable).partitionsToOffsetAndMetadata().get();
      all.forEach((partition, committed) -> {
        if (!partition.topic().equals(topic) || committed == null) return;
        while (offsets.size() <= partition.partition()) offsets.add(0);
        offsets.set(partition.partition(), committed.offset());
      });
    }
    return offsets;
  }

  /** What one of Kafka's tools prints, line by line, without the JVM of its own that it takes. */
  private static JsonNode tool(String main, JsonNode args) throws Exception {
    List<String> all = new ArrayList<>();
    args.forEach(arg -> all.add(arg.asText()));
    PrintStream before = System.out;
    var printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) all.toArray(new String[0]));
    } catch (InvocationTargetException ended) {
      boolean well = ended.getCause() instanceof Ended end && end.status == 0;
      if (!well) throw ended;
    } finally {
      System.setOut(before);
    }
    var lines = JSON.createArrayNode();
    printed.toString(StandardCharsets.UTF_8).lines().forEach(lines::add);
    return lines;
  }

  /** Thrown in place of the end of this process, which some tools ask for. */
  private static final class Ended extends RuntimeException {
    final int status;

    Ended(int status) {
      this.status = status;
    }
  }

  private static String named(Throwable error) {
    var names = new StringBuilder();
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (names.length() > 0) names.append(' ');
      names.append(at.getClass().getSimpleName());
    }
    return names + ": " + error.getMessage();
  }
}
