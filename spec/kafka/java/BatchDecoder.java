import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/**
 * Decodes files of record batches with Apache's own code, as a broker does: sizes, checksum and
 * each record are validated. Prints a line of JSON for each batch; a batch it refuses has `error`.
 * Usage: BatchDecoder FILE...
 */
public final class BatchDecoder {
  public static void main(String[] args) throws Exception {
    for (int file = 0; file < args.length; file++) {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(Path.of(args[file])));
      try {
        decode(file, bytes);
      } catch (Exception error) {
        System.out.println("{\"file\":" + file + ",\"error\":\"" + escape(String.valueOf(error)) + "\"}");
      }
    }
  }

  private static void decode(int file, ByteBuffer bytes) {
    MemoryRecords records = MemoryRecords.readableRecords(bytes);
    int batches = 0;
    for (MutableRecordBatch batch : records.batches()) {
      System.out.println(decode(file, batch));
      batches++;
    }
    int rest = bytes.limit() - records.validBytes();
    if (rest > 0 || batches == 0) throw new IllegalStateException(rest + " bytes are no whole batch");
  }

  private static String decode(int file, MutableRecordBatch batch) {
    batch.ensureValid();
    var line = new StringBuilder("{\"file\":").append(file);
    line.append(",\"magic\":").append(batch.magic());
    line.append(",\"baseOffset\":").append(batch.baseOffset());
    line.append(",\"lastOffset\":").append(batch.lastOffset());
    line.append(",\"partitionLeaderEpoch\":").append(batch.partitionLeaderEpoch());
    line.append(",\"compression\":\"").append(batch.compressionType().name).append('"');
    line.append(",\"timestampType\":\"").append(batch.timestampType()).append('"');
    line.append(",\"maxTimestamp\":").append(batch.maxTimestamp());
    line.append(",\"producerId\":\"").append(batch.producerId()).append('"');
    line.append(",\"producerEpoch\":").append(batch.producerEpoch());
    line.append(",\"baseSequence\":").append(batch.baseSequence());
    line.append(",\"transactional\":").append(batch.isTransactional());
    line.append(",\"sizeInBytes\":").append(batch.sizeInBytes());
    line.append(",\"records\":[");
    int count = 0;
    for (Record record : batch) {
      record.ensureValid();
      line.append(count++ == 0 ? "{" : ",{");
      RecordJson.append(line, record.offset(), record.timestamp(), record.key(), record.value(), record.headers());
      line.append('}');
    }
    if (count != batch.countOrNull()) throw new IllegalStateException("count " + batch.countOrNull() + ", holds " + count);
    return line.append("]}").toString();
  }

  private static String escape(String text) {
    return text.replaceAll("[\\\\\"\\x00-\\x1f]", " ");
  }
}
