// Prints the metrics of Apache Kafka's own producer after ten records to one topic, an object a line
// between brackets. Values that are the same at every run come along, NaN as null.
// Run by spec/kafka/metrics-spec.ts, with a broker's address and a topic of one partition.

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.serialization.StringSerializer;

public class JavaProducerMetrics {
    /** What ten records, each sent alone and awaited, make the same at every run. */
    static final Set<String> SAME = Set.of(
        "record-send-total", "record-error-total", "record-retry-total", "records-per-request-avg",
        "batch-split-total", "batch-size-avg", "batch-size-max", "byte-total", "compression-rate",
        "record-size-avg", "record-size-max",
        "compression-rate-avg", "produce-throttle-time-avg", "produce-throttle-time-max",
        "requests-in-flight", "buffer-total-bytes", "waiting-threads",
        "buffer-exhausted-total", "bufferpool-wait-time-ns-total", "bufferpool-wait-ratio",
        "record-error-rate", "record-retry-rate",
        "connection-count", "connection-creation-total", "connection-close-total",
        "successful-authentication-total", "successful-authentication-no-reauth-total",
        "failed-authentication-total", "reauthentication-latency-avg");

    public static void main(String[] args) throws Exception {
        Map<String, Object> config = Map.of(
            "bootstrap.servers", args[0], "client.id", "golden", "enable.metrics.push", "false");
        var text = new StringSerializer();
        try (var producer = new KafkaProducer<String, String>(config, text, text)) {
            for (int i = 0; i < 10; i++)
                producer.send(new ProducerRecord<>(args[1], 0, 1L, "key", "value")).get();
            System.out.println(lines(producer.metrics()));
        }
    }

    private static String lines(Map<MetricName, ? extends Metric> metrics) {
        return metrics.values().stream()
            .sorted(Comparator.comparing((Metric m) -> m.metricName().group())
                .thenComparing(m -> m.metricName().name())
                .thenComparing(m -> new TreeSet<>(m.metricName().tags().values()).toString()))
            .map(JavaProducerMetrics::line)
            .distinct() // the nodes, of which there are two: the bootstrap server's address is one
            .collect(Collectors.joining(",\n", "[\n", "\n]"));
    }

    private static String line(Metric metric) {
        MetricName name = metric.metricName();
        boolean same = SAME.contains(name.name()) && !name.group().equals("producer-node-metrics");
        String value = same ? ", \"value\": " + number(metric.metricValue()) : "";
        String type = metric.metricValue() instanceof Number ? "number" : "string";
        return String.format(
            "  {\"group\": %s, \"name\": %s, \"tags\": [%s], \"description\": %s, \"type\": %s%s}",
            text(name.group()), text(name.name()), tags(name), text(name.description()),
            text(type), value);
    }

    private static String number(Object value) {
        double number = ((Number) value).doubleValue();
        return Double.isNaN(number) ? "null" : new java.math.BigDecimal(number).toPlainString();
    }

    private static String tags(MetricName name) {
        List<String> keys = name.tags().keySet().stream().sorted().toList();
        return keys.stream().map(JavaProducerMetrics::text).collect(Collectors.joining(", "));
    }

    private static String text(String value) {
        return "\"" + value.replace("\"", "\\\"") + "\"";
    }
}
