import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Reads a topic from its beginning with Kafka Streams under exactly_once_v2, until nothing has come for a
 * while: "partition offset value".
 * Usage: StreamsReader BOOTSTRAP_SERVERS TOPIC STATE_FOLDER
 */
public final class StreamsReader {
  private static final long FIRST_MS_MAX = 60_000;
  private static final long SILENCE_MS = 4_000;

  public static void main(String[] args) throws Exception {
    var config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "streams-" + args[1]);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[2]);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    var lastMs = new AtomicLong();
    var builder = new StreamsBuilder();
    builder.stream(args[1], Consumed.with(Serdes.String(), Serdes.String())).process(() -> new Printer(out, lastMs));
    try (var streams = new KafkaStreams(builder.build(), config)) {
      streams.start();
      long begun = System.currentTimeMillis();
      while (lastMs.get() == 0 || System.currentTimeMillis() - lastMs.get() < SILENCE_MS) {
        if (lastMs.get() == 0 && System.currentTimeMillis() - begun > FIRST_MS_MAX) {
          throw new IllegalStateException("no record for " + FIRST_MS_MAX + " ms");
        }
        Thread.sleep(100);
      }
    }
    out.flush();
  }

  private static final class Printer extends ContextualProcessor<String, String, Void, Void> {
    private final PrintStream out;
    private final AtomicLong lastMs;

    Printer(PrintStream out, AtomicLong lastMs) {
      this.out = out;
      this.lastMs = lastMs;
    }

    @Override
    public void process(Record<String, String> record) {
      var place = context().recordMetadata().orElseThrow();
      out.println(place.partition() + " " + place.offset() + " " + record.value());
      lastMs.set(System.currentTimeMillis());
    }
  }
}
