// The part of `@confluentinc/kafka-javascript` that examples/exactly-once-confluent.ts uses. The
// package is native code, which `npm ci` should not build, so types are checked without it.

declare module '@confluentinc/kafka-javascript' {
  export namespace KafkaJS {
    const ErrorCodes: { readonly ERR__ASSIGN_PARTITIONS: number }
    const logLevel: { readonly ERROR: number }
    class KafkaJSError extends Error {}

    class Kafka {
      constructor(config: {
        kafkaJS: { clientId: string; brokers: string[]; logLevel: number }
      })
      consumer(config: ConsumerConfig): Consumer
    }

    interface ConsumerConfig {
      kafkaJS: {
        groupId: string
        sessionTimeout: number
        heartbeatInterval: number
        fromBeginning: boolean
        readUncommitted: boolean
        autoCommit: boolean
      }
      'js.consumer.max.batch.size'?: number
      rebalance_cb?: (error: { code: number }, partitions: TopicPartition[]) => Promise<void>
    }

    interface TopicPartition {
      topic: string
      partition: number
    }

    interface Consumer {
      connect(): Promise<void>
      subscribe(subscription: { topic: string }): Promise<void>
      run(config: {
        eachBatchAutoResolve: boolean
        partitionsConsumedConcurrently: number
        eachBatch: (payload: EachBatchPayload) => Promise<void>
      }): Promise<void>
      /** The offset is null for offset 0, and negative if none is committed. */
      committed(
        partitions: TopicPartition[],
        limitMs: number,
      ): Promise<(TopicPartition & { offset: string | null })[]>
      disconnect(): Promise<void>
    }

    interface EachBatchPayload {
      batch: TopicPartition & {
        messages: { key: Buffer | null; value: Buffer | null; offset: string }[]
      }
      resolveOffset(offset: string): void
    }
  }
}
