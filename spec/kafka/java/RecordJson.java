import java.nio.ByteBuffer;
import java.util.Base64;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Utils;

/** Builds one line of JSON for one record: its bytes in base64, so that nothing is lost. */
final class RecordJson {
  private RecordJson() {}

  static void append(
      StringBuilder line, long offset, long timestamp, ByteBuffer key, ByteBuffer value, Header[] headers) {
    append(line, offset, timestamp, bytesOf(key), bytesOf(value), headers);
  }

  static void append(
      StringBuilder line, long offset, long timestamp, byte[] key, byte[] value, Header[] headers) {
    line.append("\"offset\":").append(offset).append(",\"timestamp\":").append(timestamp);
    line.append(",\"key\":").append(base64(key)).append(",\"value\":").append(base64(value));
    line.append(",\"headers\":[");
    for (int i = 0; i < headers.length; i++) {
      if (i > 0) line.append(',');
      line.append('[').append(base64(Utils.utf8(headers[i].key()))).append(',');
      line.append(base64(headers[i].value())).append(']');
    }
    line.append(']');
  }

  private static byte[] bytesOf(ByteBuffer buffer) {
    return buffer == null ? null : Utils.toArray(buffer.duplicate());
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? "null" : '"' + Base64.getEncoder().encodeToString(bytes) + '"';
  }
}
