// Prints what Apache Kafka's own producer makes of 400 configurations, made by chance, of the keys that have
// rules between them; with an argument, of others: JavaConfigs.java others > java-configs-others.json
//   java -cp kafka-clients-<version>.jar:slf4j-api.jar JavaConfigs.java > java-configs.json

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

public class JavaConfigs {
    /** A key, and values that matter to it. The first stands for leaving it out. */
    private static final String[][] CHOICES = {
        {"acks", null, null, "all", "-1", "1", "0", " 1 ", "ALL", "2"},
        {"enable.idempotence", null, null, null, "true", " TRUE", "false", "yes"},
        {"retries", null, null, null, "0", "1", "2147483647", "-1", "2147483648"},
        {"max.in.flight.requests.per.connection", null, null, null, "1", "5", "6", "0"},
        {"delivery.timeout.ms", null, null, "0", "1000", "30005", "30004", "2147483647"},
        {"linger.ms", null, null, "0", "999", "1000", "100000", "9223372036854775807", "-1", "1.5"},
        {"request.timeout.ms", null, null, "1", "30000", "+20", "2147483647", ""},
        {"reconnect.backoff.ms", null, null, "0", "200"},
        {"reconnect.backoff.max.ms", null, null, "100", "5000"},
        {"batch.size", null, null, "0", "1", " 5 ", "0x10"},
        {"compression.type", null, null, "gzip", "none", "GZIP", "lzo"},
        {"compression.gzip.level", null, null, "-1", "9", "0", "10"},
        {"metadata.max.idle.ms", null, null, "5000", "4999"},
        {"metadata.recovery.strategy", null, null, "none", "REBOOTSTRAP", "retry"},
        {"bootstrap.servers", "localhost:1", "localhost:1", "[::1]:2,127.0.0.1:3", "localhost:1,", "localhost", ""},
    };
    private static final String RACK = "partitioner.rack.aware";
    private static final String[][] OTHERS = {
        {"bootstrap.servers", "localhost:1", "localhost:1", "PLAINTEXT://localhost:1", "localhost:0", "localhost:65536"},
        {"client.rack", null, "east", "", " "},
        {RACK, null, null, "true", "False", "maybe"},
        {"partitioner.adaptive.partitioning.enable", null, "false", "FALSE", "0"},
        {"partitioner.availability.timeout.ms", null, "0", "100", "-1"},
        {"partitioner.ignore.keys", null, "true", "false"},
        {"partitioner.class", null, null, "org.apache.kafka.clients.producer.RoundRobinPartitioner", "x.Y"},
        {"buffer.memory", null, "0", "9007199254740991", "-1"},
        {"max.request.size", null, "0", "1000", "-1"},
        {"max.block.ms", null, "0", "9007199254740991", "-1"},
        {"send.buffer.bytes", null, "-1", "131072", "-2"},
        {"receive.buffer.bytes", null, "-1", "32768", "-2"},
        {"connections.max.idle.ms", null, "-1", "0", "9007199254740991"},
        {"metadata.max.age.ms", null, "0", "-1"},
        {"metadata.cluster.check.enable", null, "true", "false"},
        {"metadata.recovery.rebootstrap.trigger.ms", null, "0", "-1"},
        {"socket.connection.setup.timeout.ms", null, "0", "-1"},
        {"socket.connection.setup.timeout.max.ms", null, "0", "-1"},
        {"retry.backoff.ms", null, "0", "5000", "-1"},
        {"retry.backoff.max.ms", null, "0", "-1"},
        {"metrics.num.samples", null, "1", "0"},
        {"metrics.sample.window.ms", null, "0", "-1"},
        {"metrics.recording.level", null, "DEBUG", "TRACE", "debug", "WARN"},
        {"metric.reporters", null, "", "org.apache.kafka.common.metrics.JmxReporter", "x.Y"},
        {"interceptor.classes", null, "", "x.Y"},
        {"client.dns.lookup", null, "use_all_dns_ips", "default"},
        {"compression.zstd.level", null, "22", "23", "-131072", "-131073"},
        {"compression.lz4.level", null, "9", "0", "18"},
        {"security.protocol", null, "PLAINTEXT", "plaintext", "SSLX"},
        {"config.providers", null, ""},
    };
    private static final String[] TOLD_OF_OTHERS = {
        "client.rack", RACK, "partitioner.adaptive.partitioning.enable", "partitioner.availability.timeout.ms",
        "partitioner.ignore.keys", "buffer.memory", "max.request.size", "max.block.ms", "connections.max.idle.ms",
        "metadata.max.age.ms", "metadata.cluster.check.enable", "metadata.recovery.rebootstrap.trigger.ms",
        "socket.connection.setup.timeout.ms", "socket.connection.setup.timeout.max.ms", "retry.backoff.ms",
        "retry.backoff.max.ms", "metrics.num.samples", "metrics.sample.window.ms", "compression.zstd.level",
    };
    private static final String[] TOLD = {
        "acks", "enable.idempotence", "retries", "linger.ms", "batch.size", "request.timeout.ms",
        "reconnect.backoff.ms", "reconnect.backoff.max.ms", "compression.type", "compression.gzip.level",
    };

    public static void main(String[] args) {
        Random random = new Random(9092);
        System.out.println(IntStream.range(0, 400)
            .mapToObj(run -> args.length == 0
                ? line(config(random, run % 4, CHOICES), TOLD) : line(config(random, run % 2, OTHERS), TOLD_OF_OTHERS))
            .collect(Collectors.joining(",\n", "[\n", "\n]")));
        System.exit(0);
    }

    /** The fewer the odds, the fewer keys: most configurations have few faults. */
    private static Map<String, String> config(Random random, int odds, String[][] choices) {
        Map<String, String> config = new TreeMap<>();
        for (String[] choice : choices) {
            boolean plain = random.nextInt(8) > odds;
            String value = choice[plain ? 1 : 1 + random.nextInt(choice.length - 1)];
            if (value != null) config.put(choice[0], value);
        }
        return config;
    }

    private static String line(Map<String, String> config, String[] keys) {
        return "  {\"config\": " + json(config) + ", \"java\": " + read(config, keys) + "}";
    }

    private static String read(Map<String, String> given, String[] keys) {
        Map<String, Object> config = new HashMap<>(given);
        config.put("enable.metrics.push", "false");
        StringSerializer serializer = new StringSerializer();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config, serializer, serializer)) {
            producer.close(Duration.ZERO);
        } catch (KafkaException refused) {
            return "null";
        }
        config.put("key.serializer", StringSerializer.class.getName());
        config.put("value.serializer", StringSerializer.class.getName());
        Map<String, ?> values = new ProducerConfig(config).values();
        Map<String, String> told = new TreeMap<>();
        for (String key : keys) told.put(key, values.get(key).toString());
        return json(told);
    }

    private static String json(Map<String, String> map) {
        return map.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\": \"" + entry.getValue() + "\"")
            .collect(Collectors.joining(", ", "{", "}"));
    }
}
