import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * Kafka's Admin client as a program that obeys: one command a line on standard input, one answer
 * a line on standard output, both JSON. One JVM serves a whole ring. Ends with its input.
 * Usage: RingAdmin BOOTSTRAP_SERVERS
 */
public final class RingAdmin {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long WAIT_MS_MAX = 60_000;
  private static final long POLL_MS = 50;

  public static void main(String[] args) throws Exception {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", args[0]);
    config.put("default.api.timeout.ms", "60000");
    config.put("request.timeout.ms", "20000");
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Admin admin = connected(config)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        ObjectNode answer = JSON.createObjectNode();
        try {
          answer.set("ok", obey(admin, JSON.readTree(line)));
        } catch (ExecutionException error) {
          answer.put("error", String.valueOf(error.getCause()));
        } catch (Exception error) {
          answer.put("error", String.valueOf(error));
        }
        System.out.println(JSON.writeValueAsString(answer));
        System.out.flush();
      }
    }
  }

  /**
   * A broker announces what it passes on to the controller only after it has heard from it. Until then, an Admin that
   * has connected to it refuses to create topics, for as long as it is connected.
   */
  private static Admin connected(Map<String, Object> config) throws Exception {
    for (long until = System.currentTimeMillis() + WAIT_MS_MAX; ; Thread.sleep(POLL_MS)) {
      Admin admin = Admin.create(config);
      var dryRun = new CreateTopicsOptions().validateOnly(true);
      try {
        admin.createTopics(List.of(new NewTopic("dry-run", 1, (short) 1)), dryRun).all().get();
        return admin;
      } catch (ExecutionException error) {
        boolean isEarly = error.getCause() instanceof UnsupportedVersionException;
        if (!isEarly || System.currentTimeMillis() > until) return admin;
        admin.close();
      }
    }
  }

  private static JsonNode obey(Admin admin, JsonNode command) throws Exception {
    return switch (command.get("do").asText()) {
      case "create" -> create(admin, command.get("topics"), command.path("settled").asBoolean(true));
      case "delete" -> delete(admin, names(command.get("topics")));
      case "describe" -> describe(admin, names(command.get("topics")));
      case "endOffsets" -> endOffsets(admin, names(command.get("topics")));
      case "moveLeader" -> moveLeader(admin, partitionOf(command), command.get("to").asInt());
      default -> throw new IllegalArgumentException("no such command: " + command);
    };
  }

  /**
   * Creates topics; with `settled`, returns when each partition has all its replicas in sync and a
   * leader that answers for it. (A leader is announced a moment before it has opened the log.)
   */
  private static JsonNode create(Admin admin, JsonNode topics, boolean settled) throws Exception {
    List<NewTopic> wanted = new ArrayList<>();
    Map<String, Integer> partitions = new HashMap<>();
    for (JsonNode topic : topics) {
      short replicas = (short) topic.path("replicas").asInt(-1);
      var created = new NewTopic(
          topic.get("name").asText(), Optional.of(topic.get("partitions").asInt()),
          replicas < 0 ? Optional.empty() : Optional.of(replicas));
      Map<String, String> configs = new HashMap<>();
      topic.path("configs").fields().forEachRemaining(e -> configs.put(e.getKey(), e.getValue().asText()));
      wanted.add(created.configs(configs));
      partitions.put(created.name(), created.numPartitions());
    }
    admin.createTopics(wanted).all().get();
    if (!settled) return JSON.createObjectNode();
    await(() -> {
      Map<String, TopicDescription> seen = admin.describeTopics(partitions.keySet()).allTopicNames().get();
      return seen.values().stream().allMatch(topic ->
          topic.partitions().size() == partitions.get(topic.name())
              && topic.partitions().stream().allMatch(RingAdmin::settled));
    });
    endOffsets(admin, partitions.keySet());
    return JSON.createObjectNode();
  }

  private static boolean settled(TopicPartitionInfo partition) {
    return led(partition) && partition.isr().size() == partition.replicas().size();
  }

  private static boolean led(TopicPartitionInfo partition) {
    return partition.leader() != null && !partition.leader().isEmpty();
  }

  private static JsonNode delete(Admin admin, Set<String> topics) throws Exception {
    admin.deleteTopics(topics).all().get();
    return JSON.createObjectNode();
  }

  /** `{ topic: [{ leader, replicas, isr }] }`, by partition; leader -1 where there is none. */
  private static JsonNode describe(Admin admin, Set<String> topics) throws Exception {
    ObjectNode answer = JSON.createObjectNode();
    admin.describeTopics(topics).allTopicNames().get().forEach((name, topic) -> {
      ArrayNode partitions = answer.putArray(name);
      for (TopicPartitionInfo partition : topic.partitions()) {
        ObjectNode entry = partitions.addObject();
        entry.put("leader", led(partition) ? partition.leader().id() : -1);
        partition.replicas().forEach(node -> entry.withArray("replicas").add(node.id()));
        entry.putArray("isr");
        partition.isr().forEach(node -> entry.withArray("isr").add(node.id()));
      }
    });
    return answer;
  }

  /** `{ topic: [end] }`, by partition: where the next record will lie. */
  private static JsonNode endOffsets(Admin admin, Set<String> topics) throws Exception {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    admin.describeTopics(topics).allTopicNames().get().forEach((name, topic) -> {
      for (var info : topic.partitions()) latest.put(new TopicPartition(name, info.partition()), OffsetSpec.latest());
    });
    var ends = admin.listOffsets(latest).all().get();
    ObjectNode answer = JSON.createObjectNode();
    for (String name : topics) {
      ArrayNode list = answer.putArray(name);
      for (int p = 0; ends.containsKey(new TopicPartition(name, p)); p++) list.add(ends.get(new TopicPartition(name, p)).offset());
    }
    return answer;
  }

  /** Makes a replica the preferred one, elects it, and returns when it leads. */
  private static JsonNode moveLeader(Admin admin, TopicPartition partition, int to) throws Exception {
    List<Integer> replicas = new ArrayList<>();
    replicas.add(to);
    for (Node node : info(admin, partition).replicas()) if (node.id() != to) replicas.add(node.id());
    var order = Optional.of(new NewPartitionReassignment(replicas));
    admin.alterPartitionReassignments(Map.of(partition, order)).all().get();
    await(() -> {
      try {
        admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get();
      } catch (ExecutionException error) {
        boolean later = error.getCause() instanceof RetriableException;
        if (!later && !(error.getCause() instanceof ElectionNotNeededException)) return false;
      }
      TopicPartitionInfo now = info(admin, partition);
      return led(now) && now.leader().id() == to;
    });
    return JSON.createObjectNode();
  }

  private static TopicPartitionInfo info(Admin admin, TopicPartition partition) throws Exception {
    return admin.describeTopics(Set.of(partition.topic())).allTopicNames().get()
        .get(partition.topic()).partitions().get(partition.partition());
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    long deadline = System.nanoTime() + WAIT_MS_MAX * 1_000_000;
    while (true) {
      try {
        if (condition.holds()) return;
      } catch (ExecutionException error) {
        // A topic that was just made is not known to every broker at once.
        if (!(error.getCause() instanceof UnknownTopicOrPartitionException)) throw error;
      }
      if (System.nanoTime() > deadline) throw new IllegalStateException("waited for " + WAIT_MS_MAX + " ms");
      Thread.sleep(POLL_MS);
    }
  }

  private static Set<String> names(JsonNode list) {
    Set<String> names = new HashSet<>();
    list.forEach(name -> names.add(name.asText()));
    return names;
  }

  private static TopicPartition partitionOf(JsonNode command) {
    return new TopicPartition(command.get("topic").asText(), command.get("partition").asInt());
  }
}
