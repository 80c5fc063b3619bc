"""Reads a topic from its beginning to its end with kafka-python and read_committed: "partition offset value"."""

import sys

from kafka import KafkaConsumer, TopicPartition

servers, topic = sys.argv[1:3]
consumer = KafkaConsumer(
    bootstrap_servers=servers,
    isolation_level="read_committed",
    enable_auto_commit=False,
    consumer_timeout_ms=4000,
)
partitions = [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic)]
consumer.assign(partitions)
consumer.seek_to_beginning()
for message in consumer:
    print(message.partition, message.offset, message.value.decode())
consumer.close()
