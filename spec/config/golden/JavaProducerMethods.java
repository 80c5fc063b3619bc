import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.metrics.MetricsReporter;

/** Prints the public methods of what a user of Java's producer has to do with: interface, method. */
public final class JavaProducerMethods {
    public static void main(String[] args) {
        List<Class<?>> types = List.of(Producer.class, ProducerRecord.class, RecordMetadata.class,
            ProducerInterceptor.class, Partitioner.class, MetricsReporter.class);
        StringBuilder out = new StringBuilder();
        for (Class<?> type : types) {
            TreeSet<String> names = new TreeSet<>();
            for (Method method : type.getMethods()) {
                boolean own = method.getDeclaringClass() != Object.class && !Modifier.isStatic(method.getModifiers());
                if (own && !List.of("toString", "equals", "hashCode").contains(method.getName())) names.add(method.getName());
            }
            for (String name : names) {
                out.append(out.length() == 0 ? "[\n" : ",\n");
                out.append("  [\"").append(type.getSimpleName()).append("\", \"").append(name).append("\"]");
            }
        }
        System.out.println(out.append("\n]"));
    }
}
