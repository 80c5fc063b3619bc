// Generated from keys-delivery.ts by spec/config/render-types.ts; do not edit. A spec compares the two.
// To change it, change the table and run `npm run reference`.

/** Brokers, acknowledgements, retries, batches and transactions. */
export interface DeliveryConfig {
  /**
   * The brokers to connect to first, as `host:port`, separated by commas or as an array. Write an IPv6
   * address in brackets; a `scheme://` prefix is ignored. Two or three are enough: the client discovers the
   * rest of the cluster from them.
   *
   * Accepts a list: strings in an array, or one string with commas.
   *
   * @see producer configs of Apache Kafka
   */
  readonly 'bootstrap.servers': string | readonly string[]
  /**
   * The name that brokers show in their logs, quotas and metrics, at most 32,767 bytes. Null: the producer
   * generates `producer-` and a random word. An empty string stays empty. The default differs from Java's:
   * Java's default is an empty string, for which it generates a name as well.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'client.id'?: string | null | undefined
  /**
   * Which acknowledgements count as delivery. `all` (or `-1`): from all in-sync replicas. `1`: from the
   * leader only. `0`: none; a record counts as delivered when it is written to the socket, and its offset
   * is unknown. Any value except `all` switches idempotence off, or contradicts it if it was set.
   *
   * Accepts one of all, -1, 0, 1.
   *
   * @defaultValue `all`
   * @see KIP-679
   */
  readonly acks?: 'all' | '-1' | '0' | '1' | -1 | 0 | 1 | undefined
  /**
   * Whether each record is written once and in order, even if it is sent several times. Needs `acks` `all`,
   * `retries` above 0, and at most 5 requests in flight. If this key is not set, `acks` or `retries` may
   * switch idempotence off; if it is set to true, they contradict it.
   *
   * Accepts true or false.
   *
   * @defaultValue `true`
   * @see KIP-98, KIP-679
   */
  readonly 'enable.idempotence'?: boolean | 'true' | 'false' | undefined
  /**
   * How often a batch is sent again after a temporary failure. Usually `delivery.timeout.ms` ends the
   * attempts first. 0 switches idempotence off.
   *
   * Accepts an integer, 0 … 2147483647.
   *
   * @defaultValue `2147483647`
   * @see producer configs of Apache Kafka
   */
  readonly retries?: number | string | undefined
  /**
   * How many requests to one broker may be in flight. More than 5 needs `enable.idempotence` `false`. With
   * 1, order is kept even without idempotence.
   *
   * Accepts an integer, 1 … 2147483647.
   *
   * @defaultValue `5`
   * @see KIP-98
   */
  readonly 'max.in.flight.requests.per.connection'?: number | string | undefined
  /**
   * How long a record may be without an acknowledgement, counted from the creation of its batch, before it
   * fails. At least `linger.ms` + `request.timeout.ms`: a lower value is an error if this key is set, and
   * is raised if it is not.
   *
   * Accepts an integer, 0 … 2147483647 (ms).
   *
   * @defaultValue `120000`
   * @see KIP-91
   */
  readonly 'delivery.timeout.ms'?: number | string | undefined
  /**
   * How long to wait for the answer to a request before the connection is closed. It is also how long a
   * broker may wait for its replicas.
   *
   * Accepts an integer, 0 … 2147483647 (ms).
   *
   * @defaultValue `30000`
   * @see KIP-19
   */
  readonly 'request.timeout.ms'?: number | string | undefined
  /**
   * How long a record may wait before it is added to a batch: for the promises of its serializers, for the
   * metadata of its topic, and for room in `buffer.memory`, all together. Transactions need 1 or more.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `60000`
   * @see KIP-19
   */
  readonly 'max.block.ms'?: number | string | undefined
  /**
   * How long a batch that isn't full waits for more records, counted from its first record. 0 sends it as
   * soon as the broker can take a request; records that arrive meanwhile still share a batch. It may wait
   * longer while a `paced` source has more. Values above 2147483647 count as 2147483647.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `5`
   * @see KIP-1030
   */
  readonly 'linger.ms'?: number | string | undefined
  /**
   * The maximum size of a batch, which holds records of one partition. With compression, it is the
   * estimated compressed size, and at most eight times as much before compression. A larger record gets its
   * own batch. 0 counts as 1: each record is a batch.
   *
   * Accepts an integer, 0 … 2147483647 (bytes).
   *
   * @defaultValue `16384`
   * @see producer configs of Apache Kafka
   */
  readonly 'batch.size'?: number | string | undefined
  /**
   * How much memory all batches may use until they are acknowledged. Further records wait, for at most
   * `max.block.ms`.
   *
   * Accepts an integer, 0 or more (bytes).
   *
   * @defaultValue `33554432`
   * @see producer configs of Apache Kafka
   */
  readonly 'buffer.memory'?: number | string | undefined
  /**
   * Whether a batch allocates all of `batch.size` when it is created, or grows. Both values are accepted,
   * and both mean `incremental` here. The default differs from Java's: a buffer always grows with its
   * batch.
   *
   * Accepts one of full, incremental (in any case).
   *
   * @defaultValue `incremental`
   * @see KIP-1332
   */
  readonly 'buffer.memory.allocation.strategy'?:
    | 'full'
    | 'FULL'
    | 'incremental'
    | 'INCREMENTAL'
    | undefined
  /**
   * The maximum size of a record, before compression and by an upper estimate, and of a request. Brokers
   * have their own limit, `message.max.bytes`. At most 2,080,374,783 is used, so that a frame has room for
   * its headers.
   *
   * Accepts an integer, 0 … 2147483647 (bytes).
   *
   * @defaultValue `1048576`
   * @see producer configs of Apache Kafka
   */
  readonly 'max.request.size'?: number | string | undefined
  /**
   * How batches are compressed. Larger batches compress better. `lz4` needs the package `lz4-wasm-nodejs`,
   * installed next to this one. `zstd` needs Node 22.15 or later, or 23.8 or later, and brokers of Kafka
   * 2.1 or later.
   *
   * Accepts one of none, gzip, snappy, lz4, zstd.
   *
   * @defaultValue `none`
   * @see KIP-110
   */
  readonly 'compression.type'?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined
  /**
   * The level for `gzip`, from 1 (fast) to 9 (small). -1 is the default of zlib, 6.
   *
   * Accepts an integer, 1 … 9 or -1.
   *
   * @defaultValue `-1`
   * @see KIP-390
   */
  readonly 'compression.gzip.level'?: number | string | undefined
  /**
   * The level for `lz4`. 9 is its fast mode, any other level its high-compression mode. Any value except
   * `9` is refused: the package that compresses lz4 has the fast mode only.
   *
   * Accepts an integer, 1 … 17.
   *
   * @defaultValue `9`
   * @see KIP-390
   */
  readonly 'compression.lz4.level'?: number | string | undefined
  /**
   * The level for `zstd`, from fast to small. 0 counts as 3, its default.
   *
   * Accepts an integer, -131072 … 22.
   *
   * @defaultValue `3`
   * @see KIP-390
   */
  readonly 'compression.zstd.level'?: number | string | undefined
  /**
   * The pause before a batch or a metadata request is sent again for the first time. It doubles with each
   * failure, and varies randomly by 20 %.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `100`
   * @see KIP-580
   */
  readonly 'retry.backoff.ms'?: number | string | undefined
  /**
   * The maximum pause before something is sent again. If it is less than `retry.backoff.ms`, every pause is
   * this long.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `1000`
   * @see KIP-580
   */
  readonly 'retry.backoff.max.ms'?: number | string | undefined
  /**
   * The name under which a producer opens transactions. Only one process can use it: a second one fences
   * the first. Needs `enable.idempotence`, and brokers of Kafka 2.5 or later. With this key, all records
   * are sent in transactions. Null: no transactions.
   *
   * Accepts a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-98, KIP-890
   */
  readonly 'transactional.id'?: string | null | undefined
  /**
   * How long a transaction may stay open before its coordinator aborts it. The producer aborts it earlier,
   * by `request.timeout.ms` or by half of this value, whichever is shorter. Brokers accept at most their
   * `transaction.max.timeout.ms` (15 minutes).
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `60000`
   * @see KIP-98
   */
  readonly 'transaction.timeout.ms'?: number | string | undefined
  /**
   * Whether transactions take part in a two-phase commit and never time out. Any value except `false` is
   * refused: no Kafka release up to 4.4 offers two-phase commit to producers (Java ignores the key).
   *
   * Accepts true or false.
   *
   * @defaultValue `false`
   * @see KIP-939
   */
  readonly 'transaction.two.phase.commit.enable'?: boolean | 'true' | 'false' | undefined
}
