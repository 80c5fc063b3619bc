// Prints what Apache's own statistics make of events by chance, an object a line between brackets:
// `steps` are [ms] (measure) or [ms, value] (record), `measured` what each measure gave, NaN as null: average, maximum, rate of the sum, rate of the count.
// Run by spec/kafka/metrics-spec.ts.

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.metrics.MeasurableStat;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Rate;
import org.apache.kafka.common.metrics.stats.WindowedCount;
import org.apache.kafka.common.metrics.stats.WindowedSum;

public class JavaSamples {
    public static void main(String[] args) {
        Random random = new Random(11);
        System.out.println(IntStream.range(0, 120).mapToObj(i -> line(random))
            .collect(Collectors.joining(",\n", "[\n", "\n]")));
    }

    private static String line(Random random) {
        int samples = 1 + random.nextInt(4);
        long window = new long[] {1, 10, 1000, 30000}[random.nextInt(4)];
        MetricConfig config =
            new MetricConfig().samples(samples).timeWindow(window, TimeUnit.MILLISECONDS);
        List<MeasurableStat> stats = List.of(
            new Avg(), new Max(), new Rate(new WindowedSum()), new Rate(new WindowedCount()));
        List<String> steps = new ArrayList<>();
        List<String> measured = new ArrayList<>();
        long now = random.nextInt(100);
        int count = random.nextInt(60);
        for (int i = 0; i < count; i++) {
            now += pause(random, samples, window);
            // Not before the first record: Java's Rate lets its first window begin at its first
            // measure, Avg and Max do not, and our one sensor has them all together.
            if (i > 0 && random.nextInt(4) == 0) {
                long at = now;
                steps.add("[" + at + "]");
                measured.add(stats.stream().map(stat -> number(stat.measure(config, at)))
                    .collect(Collectors.joining(",", "[", "]")));
            } else {
                int value = random.nextInt(2000) - 200;
                for (MeasurableStat stat : stats) stat.record(config, value, now);
                steps.add("[" + now + "," + value + "]");
            }
        }
        return String.format("  {\"samples\":%d,\"windowMs\":%d,\"steps\":[%s],\"measured\":[%s]}",
            samples, window, String.join(",", steps), String.join(",", measured));
    }

    private static long pause(Random random, int samples, long window) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> window;
            case 2 -> window * samples - random.nextInt(2);
            case 3 -> random.nextInt((int) (3 * window * samples));
            default -> random.nextInt((int) window + 1) / 3;
        };
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "null" : Double.toString(value);
    }
}
