// Prints what java.util.Properties reads out of 400 texts, made by chance of what matters to it:
//   java JavaProperties.java > java-properties.json

import java.io.IOException;
import java.io.StringReader;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

public class JavaProperties {
    private static final String[] PIECES = {
        "a", "bc", "linger.ms", "5", "=", ":", " ", "\t", "\f", "\n", "\r", "\r\n", "\\", "\\\\", "\\\n",
        "\\\r\n  ", "#", "!", "\\u0041", "\\u00e9", "\\t", "\\n", "\\:", "\\=", "\\ ", "\\q", "é", "\\u004"
    };

    /** Java reads it as an empty key or as nothing, by how the last line ends. */
    private static final String ENDS_IN_A_LONE_BACKSLASH = "(?s)(.*[\\r\\n])?[ \\t\\f]*(\\\\[\\r\\n]*)+";

    public static void main(String[] args) {
        Random random = new Random(9092);
        System.out.println(Stream.generate(() -> text(random))
            .filter(text -> !text.matches(ENDS_IN_A_LONE_BACKSLASH))
            .limit(400)
            .map(JavaProperties::line)
            .collect(Collectors.joining(",\n", "[\n", "\n]")));
    }

    private static String text(Random random) {
        return random.ints(1 + random.nextInt(16), 0, PIECES.length)
            .mapToObj(piece -> PIECES[piece]).collect(Collectors.joining());
    }

    private static String line(String text) {
        return "  {\"text\": " + json(text) + ", \"entries\": " + read(text) + "}";
    }

    private static String read(String text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IllegalArgumentException | IOException malformed) {
            return "null";
        }
        return new TreeMap<>(properties).entrySet().stream()
            .map(entry -> "[" + json((String) entry.getKey()) + ", " + json((String) entry.getValue()) + "]")
            .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String json(String text) {
        return text.chars()
            .mapToObj(c -> c < 32 || c > 126 || c == '"' || c == '\\'
                ? String.format("\\u%04x", c) : String.valueOf((char) c))
            .collect(Collectors.joining("", "\"", "\""));
    }
}
