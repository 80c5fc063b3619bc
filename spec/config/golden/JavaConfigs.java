// Prints what Apache Kafka's own producer makes of 400 configurations, made by chance:
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
    private static final String[] TOLD = {
        "acks", "enable.idempotence", "retries", "linger.ms", "batch.size", "request.timeout.ms",
        "reconnect.backoff.ms", "reconnect.backoff.max.ms", "compression.type", "compression.gzip.level",
    };

    public static void main(String[] args) {
        Random random = new Random(9092);
        System.out.println(IntStream.range(0, 400)
            .mapToObj(run -> line(config(random, run % 4)))
            .collect(Collectors.joining(",\n", "[\n", "\n]")));
        System.exit(0);
    }

    /** The fewer the odds, the fewer keys: most configurations have few faults. */
    private static Map<String, String> config(Random random, int odds) {
        Map<String, String> config = new TreeMap<>();
        for (String[] choice : CHOICES) {
            boolean plain = random.nextInt(8) > odds;
            String value = choice[plain ? 1 : 1 + random.nextInt(choice.length - 1)];
            if (value != null) config.put(choice[0], value);
        }
        return config;
    }

    private static String line(Map<String, String> config) {
        return "  {\"config\": " + json(config) + ", \"java\": " + read(config) + "}";
    }

    private static String read(Map<String, String> given) {
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
        for (String key : TOLD) told.put(key, values.get(key).toString());
        return json(told);
    }

    private static String json(Map<String, String> map) {
        return map.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\": \"" + entry.getValue() + "\"")
            .collect(Collectors.joining(", ", "{", "}"));
    }
}
