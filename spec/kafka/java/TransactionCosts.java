import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apache's producer in the comparison of transactions (bench/transactions-kafka.ts). Arguments: servers, topic,
 * transactional id, records of a transaction, transactions, how many at once, a warm-up of so many, and how many
 * times the transactions are run. Prints milliseconds and processor milliseconds of each time.
 */
public final class TransactionCosts {
  private static String[] values;

  public static void main(String[] args) {
    try {
      measure(args);
      System.exit(0);
    } catch (Throwable failure) {
      // Threads of the pool would keep the process.
      failure.printStackTrace();
      System.exit(1);
    }
  }

  private static void measure(String[] args) throws Exception {
    int size = Integer.parseInt(args[3]);
    int transactions = Integer.parseInt(args[4]);
    int parallel = Integer.parseInt(args[5]);
    int warmUp = Integer.parseInt(args[6]);
    int parts = Integer.parseInt(args[7]);
    values = new String[1000];
    for (int index = 0; index < values.length; index++)
      values[index] = String.format("%0100d", index);
    List<KafkaProducer<String, String>> producers = new ArrayList<>();
    for (int index = 0; index < parallel; index++) {
      Properties config = new Properties();
      config.put("bootstrap.servers", args[0]);
      config.put("transactional.id", args[2] + "-" + index);
      config.put("key.serializer", StringSerializer.class.getName());
      config.put("value.serializer", StringSerializer.class.getName());
      KafkaProducer<String, String> producer = new KafkaProducer<>(config);
      producer.initTransactions();
      producers.add(producer);
    }
    ExecutorService threads = Executors.newFixedThreadPool(parallel);
    run(threads, producers, args[1], size, warmUp / parallel);
    for (int part = 0; part < parts; part++) {
      long cpu = cpuNanos();
      long begin = System.nanoTime();
      run(threads, producers, args[1], size, transactions / parallel);
      double ms = (System.nanoTime() - begin) / 1e6;
      double cpuMs = (cpuNanos() - cpu) / 1e6;
      System.out.println("{\"ms\":" + ms + ",\"cpuMs\":" + cpuMs + "}");
    }
    threads.shutdown();
    for (KafkaProducer<String, String> producer : producers) producer.close();
  }

  private static void run(
      ExecutorService threads,
      List<KafkaProducer<String, String>> producers,
      String topic,
      int size,
      int transactions)
      throws Exception {
    List<Callable<Void>> all = new ArrayList<>();
    for (KafkaProducer<String, String> producer : producers) {
      all.add(
          () -> {
            for (int index = 0; index < transactions; index++) {
              producer.beginTransaction();
              for (int record = 0; record < size; record++)
                producer.send(new ProducerRecord<>(topic, values[record % values.length]));
              producer.commitTransaction();
            }
            return null;
          });
    }
    for (Future<Void> done : threads.invokeAll(all)) done.get();
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
