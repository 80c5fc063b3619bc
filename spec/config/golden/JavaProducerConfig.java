// Prints the settings of Apache Kafka's own producer, one JSON object a line between brackets:
//   java -cp kafka-clients-<version>.jar:slf4j-api.jar JavaProducerConfig.java > java-producer-config.json

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

public class JavaProducerConfig {
    public static void main(String[] args) {
        System.out.println(ProducerConfig.configDef().configKeys().values().stream()
            .sorted(Comparator.comparing((ConfigDef.ConfigKey key) -> key.name))
            .map(key -> String.format(
                "  {\"name\": %s, \"type\": %s, \"default\": %s, \"validator\": %s}",
                text(key.name), text(key.type.name()), value(key), text(key.validator)))
            .collect(Collectors.joining(",\n", "[\n", "\n]")));
    }

    private static String value(ConfigDef.ConfigKey key) {
        Object value = key.defaultValue;
        if (value == ConfigDef.NO_DEFAULT_VALUE || value == null) return "null";
        if (value instanceof Class<?> type) return text(type.getName());
        if (value instanceof List<?> list)
            return text(list.stream().map(Object::toString).collect(Collectors.joining(",")));
        return text(value);
    }

    private static String text(Object value) {
        return value == null ? "null" : "\"" + value.toString().replace("\"", "\\\"") + "\"";
    }
}
