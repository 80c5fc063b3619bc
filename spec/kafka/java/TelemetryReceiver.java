import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.telemetry.ClientTelemetry;
import org.apache.kafka.server.telemetry.ClientTelemetryPayload;
import org.apache.kafka.server.telemetry.ClientTelemetryReceiver;
import org.apache.kafka.shaded.io.opentelemetry.proto.common.v1.KeyValue;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.Metric;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.MetricsData;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.ResourceMetrics;

/**
 * A plug-in of a broker that takes the metrics of clients (KIP-714): each push becomes a line of JSON in
 * the file that `telemetry.receiver.file` names.
 */
public final class TelemetryReceiver implements MetricsReporter, ClientTelemetry {
  private Path file;

  @Override
  public void configure(Map<String, ?> configs) {
    file = Path.of((String) configs.get("telemetry.receiver.file"));
  }

  @Override
  public ClientTelemetryReceiver clientReceiver() {
    return this::take;
  }

  private synchronized void take(AuthorizableRequestContext context, ClientTelemetryPayload payload) {
    try {
      String line = json(payload, MetricsData.parseFrom(payload.data().duplicate())) + "\n";
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }

  private static String json(ClientTelemetryPayload payload, MetricsData data) {
    List<String> metrics = new ArrayList<>();
    List<KeyValue> resource = List.of();
    for (ResourceMetrics owner : data.getResourceMetricsList()) {
      resource = owner.getResource().getAttributesList();
      owner.getScopeMetricsList().forEach(scope -> scope.getMetricsList().forEach(metric -> metrics.add(json(metric))));
    }
    return "{\"id\":\"" + payload.clientInstanceId() + "\",\"terminating\":" + payload.isTerminating()
        + ",\"resource\":" + json(resource) + ",\"metrics\":[" + String.join(",", metrics) + "]}";
  }

  private static String json(Metric metric) {
    boolean sum = metric.hasSum();
    var points = sum ? metric.getSum().getDataPointsList() : metric.getGauge().getDataPointsList();
    NumberDataPoint point = points.get(0);
    String value = point.hasAsInt() ? Long.toString(point.getAsInt()) : number(point.getAsDouble());
    String kind = sum
        ? metric.getSum().getAggregationTemporality() + "," + metric.getSum().getIsMonotonic()
        : "gauge";
    return "{\"name\":\"" + metric.getName() + "\",\"kind\":\"" + kind + "\",\"points\":" + points.size()
        + ",\"integer\":" + point.hasAsInt() + ",\"value\":" + value
        + ",\"start\":" + point.getStartTimeUnixNano() / 1_000_000 + ",\"time\":" + point.getTimeUnixNano() / 1_000_000
        + ",\"attributes\":" + json(point.getAttributesList()) + "}";
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }

  private static String json(List<KeyValue> attributes) {
    List<String> pairs = new ArrayList<>();
    for (KeyValue pair : attributes) pairs.add("\"" + pair.getKey() + "\":\"" + pair.getValue().getStringValue() + "\"");
    return "{" + String.join(",", pairs) + "}";
  }

  @Override
  public void init(List<KafkaMetric> metrics) {}

  @Override
  public void metricChange(KafkaMetric metric) {}

  @Override
  public void metricRemoval(KafkaMetric metric) {}

  @Override
  public void close() {}
}
