"""Reads a topic from its beginning to its end with aiokafka and read_committed: "partition offset value"."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer


async def main() -> None:
    servers, topic = sys.argv[1:3]
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=servers,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        while batches := await consumer.getmany(timeout_ms=4000):
            for messages in batches.values():
                for message in messages:
                    print(message.partition, message.offset, message.value.decode())
    finally:
        await consumer.stop()


asyncio.run(main())
