import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;

/**
 * Writes `java-murmur2.json`: the hashes and partitions that Apache's own code gives to keys, chosen
 * and by chance. spec/records/golden/regenerate.sh runs it; the file is kept, so that the specs need
 * no Java.
 * Usage: JavaMurmur2 FOLDER KAFKA_VERSION
 */
public final class JavaMurmur2 {
  private static final int[] PARTITION_COUNTS = {1, 2, 3, 6, 12, 100, 1_000, 65_536};
  private static final int[] LETTERS = "abcXYZ019-_.éßñ漢字😀\u0000".codePoints().toArray();
  private static final int ASCII_LETTERS = 12;
  /** The keys of Apache's own test, and the longest and shortest. */
  private static final List<String> CHOSEN = List.of(
      "", "21", "abc", "foobar", "a-little-bit-long-string", "a-little-bit-longer-string",
      "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", "é", "漢字", "😀", "\u0000",
      "long-".repeat(300), "läng-".repeat(301));

  public static void main(String[] args) throws IOException {
    Random random = new Random(9092);
    List<String> lines = new ArrayList<>();
    for (String text : CHOSEN) lines.add(line(text));
    for (int run = 0; run < 250; run++) lines.add(line(text(random)));
    for (int run = 0; run < 250; run++) lines.add(line(bytes(random), false));
    Files.writeString(Path.of(args[0], "java-murmur2.json"),
        "{\n\"writtenBy\": \"kafka-clients " + args[1] + "\",\n\"partitionCounts\": "
            + Arrays.toString(PARTITION_COUNTS) + ",\n\"keys\": [\n"
            + String.join(",\n", lines) + "\n]}\n");
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    int letters = random.nextBoolean() ? ASCII_LETTERS : LETTERS.length;
    for (int left = random.nextInt(24); left > 0; left--)
      text.appendCodePoint(LETTERS[random.nextInt(letters)]);
    return text.toString();
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(64)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String line(String text) {
    return line(text.getBytes(StandardCharsets.UTF_8), true);
  }

  private static String line(byte[] key, boolean text) {
    String partitions = Arrays.stream(PARTITION_COUNTS)
        .mapToObj(count -> String.valueOf(BuiltInPartitioner.partitionForKey(key, count)))
        .collect(Collectors.joining(", "));
    return "{\"text\": " + text + ", \"base64\": \"" + Base64.getEncoder().encodeToString(key)
        + "\", \"hash\": " + Utils.murmur2(key) + ", \"partitions\": [" + partitions + "]}";
  }
}
