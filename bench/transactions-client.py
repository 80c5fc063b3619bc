# librdkafka in the comparison of transactions (transactions-kafka.ts), called from Python, whose interpreter is in
# its figures. Arguments: servers, topic, transactional id, records of a transaction, transactions, how many at
# once, a warm-up of so many, and how many times the transactions are run. Prints milliseconds and processor
# milliseconds of each time.

import json
import sys
import threading
import time

from confluent_kafka import Producer

servers, topic, name = sys.argv[1:4]
size, transactions, parallel, warm_up, parts = map(int, sys.argv[4:9])
values = [str(index).zfill(100) for index in range(1000)]


def made(index):
    producer = Producer({"bootstrap.servers": servers, "transactional.id": f"{name}-{index}"})
    producer.init_transactions()
    return producer


def work(producer, times):
    for _ in range(times):
        producer.begin_transaction()
        for record in range(size):
            while True:
                try:
                    producer.produce(topic, value=values[record % 1000])
                    break
                except BufferError:
                    producer.poll(0.01)
        producer.commit_transaction()


def run(times):
    threads = [threading.Thread(target=work, args=(one, times // parallel)) for one in producers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


producers = [made(index) for index in range(parallel)]
run(warm_up)
for _ in range(parts):
    cpu = time.process_time()
    begin = time.perf_counter()
    run(transactions)
    ms = (time.perf_counter() - begin) * 1000
    print(json.dumps({"ms": ms, "cpuMs": (time.process_time() - cpu) * 1000}))
