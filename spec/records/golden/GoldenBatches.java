import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

/**
 * Writes record batches with Apache's own code, one file for each content and codec, and
 * `manifest.json`, which says what each file must decode to. regenerate.sh runs it; the files are
 * kept, so that the specs need no Java.
 * Usage: GoldenBatches FOLDER KAFKA_VERSION
 */
public final class GoldenBatches {
  private static final long NOON = 1_600_000_000_000L;
  /** What is large uncompressed is kept compressed only. */
  private static final int FILE_BYTES_MAX = 50_000;
  private static final Header[] NO_HEADERS = new Header[0];

  private record Entry(long timestamp, byte[] key, byte[] value, Header[] headers) {}

  /** One batch: who produced it, and what. */
  private record Batch(
      long baseOffset, long producerId, short epoch, int sequence, boolean transactional,
      TimestampType timestampType, long appendTime, int leaderEpoch, List<Entry> entries) {}

  private record Content(String name, List<Batch> batches) {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    List<String> files = new ArrayList<>();
    List<String> described = new ArrayList<>();
    for (Content content : contents()) {
      described.add("\"" + content.name + "\": " + describe(content));
      for (CompressionType codec : CompressionType.values()) {
        String file = content.name + "-" + codec.name + ".bin";
        byte[] bytes = bytesOf(content, codec);
        if (bytes.length > FILE_BYTES_MAX) continue;
        Files.write(folder.resolve(file), bytes);
        files.add("{\"file\": \"" + file + "\", \"content\": \"" + content.name
            + "\", \"compression\": \"" + codec.name + "\"}");
      }
    }
    Files.writeString(folder.resolve("manifest.json"),
        "{\n\"writtenBy\": \"kafka-clients " + args[1] + "\",\n\"files\": [\n" + String.join(",\n", files)
            + "\n],\n\"contents\": {\n" + String.join(",\n", described) + "\n}}\n");
  }

  private static List<Content> contents() {
    return List.of(
        new Content("plain", List.of(anonymous(0, plain()))),
        new Content("keyed", List.of(anonymous(0, keyed()))),
        new Content("headers", List.of(anonymous(0, withHeaders()))),
        new Content("nulls", List.of(anonymous(0, nulls()))),
        new Content("timestamps", List.of(anonymous(0, timestamps()))),
        new Content("large", List.of(anonymous(0, large()))),
        new Content("many", List.of(anonymous(0, many()))),
        new Content("idempotent", List.of(
            produced(7, 4_000_000_001L, (short) 3, 41, false, keyed()))),
        new Content("transactional", List.of(
            produced(0, Long.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE - 1, true, keyed()))),
        new Content("append-time", List.of(new Batch(9_007_199_254_740_000L, -1, (short) -1, -1, false,
            TimestampType.LOG_APPEND_TIME, NOON + 5, 12, timestamps()))),
        new Content("two-batches", List.of(
            anonymous(0, plain()), produced(3, 9, (short) 0, 0, false, withHeaders()))));
  }

  private static Batch anonymous(long baseOffset, List<Entry> entries) {
    return produced(baseOffset, RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH,
        RecordBatch.NO_SEQUENCE, false, entries);
  }

  private static Batch produced(
      long baseOffset, long id, short epoch, int sequence, boolean transactional, List<Entry> entries) {
    return new Batch(baseOffset, id, epoch, sequence, transactional, TimestampType.CREATE_TIME,
        RecordBatch.NO_TIMESTAMP, RecordBatch.NO_PARTITION_LEADER_EPOCH, entries);
  }

  private static List<Entry> plain() {
    return List.of(value("one"), value("two"), value("three"));
  }

  private static List<Entry> keyed() {
    return List.of(
        new Entry(NOON, utf8("a"), utf8("first"), NO_HEADERS),
        new Entry(NOON + 1, utf8("clé"), utf8("deuxième"), NO_HEADERS),
        new Entry(NOON + 1, new byte[] {0, -1, 127, -128}, new byte[] {-1, 0, 1}, NO_HEADERS),
        new Entry(NOON + 2, utf8("鍵🔑"), utf8("値 🎁"), NO_HEADERS));
  }

  private static List<Entry> withHeaders() {
    Header[] some = {header("trace", utf8("0af7651916cd43dd")), header("empty", new byte[0]),
        header("null", null), header("trace", utf8("again")), header("", utf8("no name")),
        header("ключ", new byte[] {-1, -2})};
    return List.of(
        new Entry(NOON, utf8("k"), utf8("six headers"), some),
        new Entry(NOON, utf8("k"), utf8("no headers"), NO_HEADERS),
        new Entry(NOON, null, null, new Header[] {header("only", utf8("a header"))}));
  }

  private static List<Entry> nulls() {
    return List.of(
        new Entry(NOON, utf8("tombstone"), null, NO_HEADERS),
        new Entry(NOON, null, null, NO_HEADERS),
        new Entry(NOON, new byte[0], new byte[0], NO_HEADERS),
        new Entry(NOON, null, new byte[0], NO_HEADERS),
        new Entry(NOON, new byte[0], null, NO_HEADERS));
  }

  /** Not in order: deltas are negative, zero, and too large for 32 bits. */
  private static List<Entry> timestamps() {
    List<Entry> entries = new ArrayList<>();
    for (long timestamp : new long[] {NOON, NOON - 1, NOON, NOON + 86_400_000, 0, 4_102_444_800_000L, NOON + 64}) {
      entries.add(new Entry(timestamp, null, utf8("at " + timestamp), NO_HEADERS));
    }
    return entries;
  }

  /** Each value is larger than a block of any codec's framing. */
  private static List<Entry> large() {
    return List.of(value("abcdefghij".repeat(7_000)), value("-".repeat(40_000)), value("the end"));
  }

  /** Lengths whose varints take one and two bytes, and offset deltas that take two. */
  private static List<Entry> many() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      entries.add(new Entry(NOON + i * 3L, utf8("key-" + i), utf8("v".repeat(i)), NO_HEADERS));
    }
    return entries;
  }

  private static byte[] bytesOf(Content content, CompressionType codec) throws IOException {
    var out = new java.io.ByteArrayOutputStream();
    for (Batch batch : content.batches) {
      var buffer = new ByteBufferOutputStream(512);
      var builder = new MemoryRecordsBuilder(buffer, RecordBatch.MAGIC_VALUE_V2, Compression.of(codec).build(),
          batch.timestampType, batch.baseOffset, batch.appendTime, batch.producerId, batch.epoch,
          batch.sequence, batch.transactional, false, batch.leaderEpoch, Integer.MAX_VALUE);
      for (Entry entry : batch.entries) builder.append(entry.timestamp, entry.key, entry.value, entry.headers);
      ByteBuffer built = builder.build().buffer();
      byte[] bytes = new byte[built.remaining()];
      built.duplicate().get(bytes);
      out.write(bytes);
    }
    return out.toByteArray();
  }

  private static String describe(Content content) {
    var batches = new ArrayList<String>();
    for (Batch batch : content.batches) batches.add(describe(batch));
    return "[" + String.join(",", batches) + "]";
  }

  private static String describe(Batch batch) {
    boolean appendTime = batch.timestampType == TimestampType.LOG_APPEND_TIME;
    long max = batch.entries.stream().mapToLong(Entry::timestamp).max().orElseThrow();
    var records = new ArrayList<String>();
    for (int i = 0; i < batch.entries.size(); i++) {
      Entry entry = batch.entries.get(i);
      long timestamp = appendTime ? batch.appendTime : entry.timestamp;
      var headers = new ArrayList<String>();
      for (Header header : entry.headers) headers.add("[" + json(utf8(header.key())) + "," + json(header.value()) + "]");
      records.add("\n  {\"offset\":" + (batch.baseOffset + i) + ",\"timestamp\":" + timestamp + ",\"key\":"
          + json(entry.key) + ",\"value\":" + json(entry.value) + ",\"headers\":[" + String.join(",", headers) + "]}");
    }
    return "\n {\"baseOffset\":" + batch.baseOffset + ",\"partitionLeaderEpoch\":" + batch.leaderEpoch
        + ",\"producerId\":\"" + batch.producerId + "\",\"producerEpoch\":" + batch.epoch
        + ",\"baseSequence\":" + batch.sequence + ",\"transactional\":" + batch.transactional
        + ",\"logAppendTime\":" + appendTime + ",\"maxTimestamp\":" + (appendTime ? batch.appendTime : max)
        + ",\"records\":[" + String.join(",", records) + "]}";
  }

  /** Bytes in base64; a long value of one repeated piece as `{ piece, times }`. */
  private static String json(byte[] bytes) {
    if (bytes == null) return "null";
    for (int length : new int[] {1, 10}) {
      if (bytes.length > 1_000 && repeats(bytes, length)) {
        return "{\"piece\":" + base64(java.util.Arrays.copyOf(bytes, length)) + ",\"times\":" + bytes.length / length + "}";
      }
    }
    return base64(bytes);
  }

  private static boolean repeats(byte[] bytes, int length) {
    for (int i = length; i < bytes.length; i++) if (bytes[i] != bytes[i - length]) return false;
    return bytes.length % length == 0;
  }

  private static String base64(byte[] bytes) {
    return '"' + Base64.getEncoder().encodeToString(bytes) + '"';
  }

  private static Entry value(String value) {
    return new Entry(NOON, null, utf8(value), NO_HEADERS);
  }

  private static Header header(String key, byte[] value) {
    return new RecordHeader(key, value);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
