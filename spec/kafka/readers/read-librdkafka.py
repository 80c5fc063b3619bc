"""Reads a topic from its beginning to its end with librdkafka and read_committed: "partition offset value"."""

import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

servers, topic = sys.argv[1:3]
consumer = Consumer(
    {
        "bootstrap.servers": servers,
        "group.id": "readers",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
    }
)
partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
ended = set()
while len(ended) < len(partitions):
    message = consumer.poll(30)
    if message is None:
        sys.exit("nothing came for 30 s")
    if message.error() is None:
        print(message.partition(), message.offset(), message.value().decode())
    elif message.error().code() == KafkaError._PARTITION_EOF:
        ended.add(message.partition())
    else:
        sys.exit(str(message.error()))
consumer.close()
