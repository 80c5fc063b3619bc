// Prints the bytes that Apache Kafka's own serializers make:
//   java -cp kafka-clients-<version>.jar:slf4j-api.jar JavaSerializers.java > java-serializers.json

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.serialization.*;

public class JavaSerializers {
    private static final List<String> LINES = new ArrayList<>();

    public static void main(String[] args) {
        for (short s : new short[] {0, 1, -1, 258, Short.MIN_VALUE, Short.MAX_VALUE})
            add("int16", s, new ShortSerializer().serialize("t", s));
        for (int i : new int[] {0, 1, -1, 16909060, Integer.MIN_VALUE, Integer.MAX_VALUE})
            add("int32", i, new IntegerSerializer().serialize("t", i));
        for (long l : new long[] {0, 1, -1, 9007199254740991L, -9007199254740991L, Long.MIN_VALUE, Long.MAX_VALUE})
            add("int64", l, new LongSerializer().serialize("t", l));
        for (float f : new float[] {0f, -0f, 1.5f, -0.1f, 3.4028235e38f, 1e-45f, Float.POSITIVE_INFINITY, Float.NaN})
            add("float32", Float.toString(f), new FloatSerializer().serialize("t", f));
        for (double d : new double[] {0d, -0d, 0.1, -1e300, 5e-324, Double.NEGATIVE_INFINITY, Double.NaN})
            add("float64", Double.toString(d), new DoubleSerializer().serialize("t", d));
        for (String text : new String[] {"", "abc", "é漢😀", "a\u0000b"})
            add("string", text, new StringSerializer().serialize("t", text));
        for (String id : new String[] {"00000000-0000-0000-0000-000000000000", "3F2504E0-4F89-11D3-9A0C-0305E82C3301"})
            add("uuid", id, new UUIDSerializer().serialize("t", UUID.fromString(id)));
        System.out.println("[\n" + String.join(",\n", LINES) + "\n]");
    }

    private static void add(String serializer, Object given, byte[] bytes) {
        LINES.add(String.format("  {\"serializer\": \"%s\", \"given\": \"%s\", \"hex\": \"%s\"}",
            serializer, given.toString().replace("\u0000", "\\u0000"), HexFormat.of().formatHex(bytes)));
    }
}
