// Made of keys-delivery.ts by spec/config/render-types.ts; a spec holds the one against the other.
// To change it, change the table and run `npx vitest run spec/config -u`.

/** Who a producer talks to, what it waits for, how it batches. */
export interface DeliveryConfig {
  /**
   * The brokers to ask first, as `host:port`, with commas between or as an array; required. An IPv6
   * address stands in brackets, a `scheme://` before it is ignored. Two or three suffice: the rest
   * of the cluster is learnt from them.
   *
   * Takes a list: strings in an array, or one string with commas.
   *
   * @see producer configs of Apache Kafka
   */
  readonly 'bootstrap.servers': string | readonly string[]
  /**
   * The name that brokers see in their logs, quotas and metrics. Null: the producer makes one,
   * `producer-` and a random word. An empty string stays empty. At most 32,767 bytes. Not the
   * default of Java: Java has an empty string in its table and makes a name as well.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'client.id'?: string | null | undefined
  /**
   * Whose word counts as delivery: `all` (or `-1`) replicas in sync, `1` the leader alone, `0`
   * nobody (written to the socket; offsets are unknown). Anything but `all` switches idempotence
   * off, or contradicts it where it was asked for.
   *
   * Takes one of all, -1, 0, 1.
   *
   * @defaultValue `all`
   * @see KIP-679
   */
  readonly acks?: 'all' | '-1' | '0' | '1' | -1 | 0 | 1 | undefined
  /**
   * Each record is written once and in order, however often it has to be sent. Needs `acks` `all`,
   * `retries` above 0 and at most 5 requests in flight. Where it is not set, `acks` or `retries`
   * may switch it off; where it is set to true, they contradict it.
   *
   * Takes true or false.
   *
   * @defaultValue `true`
   * @see KIP-98, KIP-679
   */
  readonly 'enable.idempotence'?: boolean | 'true' | 'false' | undefined
  /**
   * How often one batch is sent again after a failure that may pass. Usually `delivery.timeout.ms`
   * ends the attempts first. 0 switches idempotence off.
   *
   * Takes an integer, 0 … 2147483647.
   *
   * @defaultValue `2147483647`
   * @see producer configs of Apache Kafka
   */
  readonly retries?: number | string | undefined
  /**
   * How many requests to one broker may be unanswered. More than 5 needs `enable.idempotence`
   * false. With 1, order is kept without idempotence, too.
   *
   * Takes an integer, 1 … 2147483647.
   *
   * @defaultValue `5`
   * @see KIP-98
   */
  readonly 'max.in.flight.requests.per.connection'?: number | string | undefined
  /**
   * The age at which an unacknowledged record fails, counted from the birth of its batch. At least
   * `linger.ms` + `request.timeout.ms`: a lower value is an error where it was set, and is raised
   * where it was not.
   *
   * Takes an integer, 0 … 2147483647 (ms).
   *
   * @defaultValue `120000`
   * @see KIP-91
   */
  readonly 'delivery.timeout.ms'?: number | string | undefined
  /**
   * How long a request waits for its answer before the connection is given up; also how long a
   * broker may wait for its replicas.
   *
   * Takes an integer, 0 … 2147483647 (ms).
   *
   * @defaultValue `30000`
   * @see KIP-19
   */
  readonly 'request.timeout.ms'?: number | string | undefined
  /**
   * How long a record may wait for what it needs before it joins a batch: the promises of its
   * serializers, its topic to be known, and room in `buffer.memory`. All draw on the same time.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `60000`
   * @see KIP-19
   */
  readonly 'max.block.ms'?: number | string | undefined
  /**
   * How long an unfilled batch waits for company, counted from its first record. 0 sends as soon as
   * the broker has a free slot; records that come meanwhile still share a batch. Counts as
   * 2147483647 where it is above it.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `5`
   * @see KIP-1030
   */
  readonly 'linger.ms'?: number | string | undefined
  /**
   * How large a batch of one partition grows: compressed, by what it is estimated to come to, and
   * to eight times as much before compression. A larger record gets a batch of its own. 0 counts as
   * 1: each record is a batch.
   *
   * Takes an integer, 0 … 2147483647 (bytes).
   *
   * @defaultValue `16384`
   * @see producer configs of Apache Kafka
   */
  readonly 'batch.size'?: number | string | undefined
  /**
   * What all batches together may hold until they are acknowledged. Records beyond it wait, at most
   * `max.block.ms`.
   *
   * Takes an integer, 0 or more (bytes).
   *
   * @defaultValue `33554432`
   * @see producer configs of Apache Kafka
   */
  readonly 'buffer.memory'?: number | string | undefined
  /**
   * Whether a batch takes all of `batch.size` at its birth, or as it grows. Both are accepted, and
   * both are `incremental` here. Not the default of Java: buffers here always grow with their
   * batch.
   *
   * Takes one of full, incremental (in any case).
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
   * The largest record, before compression and by an upper estimate, and the largest request.
   * Brokers have a limit of their own, `message.max.bytes`. Above 2,080,374,783 it counts as that,
   * which leaves room for headers in the largest frame.
   *
   * Takes an integer, 0 … 2147483647 (bytes).
   *
   * @defaultValue `1048576`
   * @see producer configs of Apache Kafka
   */
  readonly 'max.request.size'?: number | string | undefined
  /**
   * How batches are compressed. The fuller the batch, the better it works. `lz4` needs the package
   * `lz4-wasm-nodejs`, which you install beside this one. `zstd` needs Node 22.15, 23.8 or later,
   * and brokers of Kafka 2.1 or later.
   *
   * Takes one of none, gzip, snappy, lz4, zstd.
   *
   * @defaultValue `none`
   * @see KIP-110
   */
  readonly 'compression.type'?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined
  /**
   * The level for `gzip`, from fast to small; -1 is 6, the default of zlib.
   *
   * Takes an integer, 1 … 9 or -1.
   *
   * @defaultValue `-1`
   * @see KIP-390
   */
  readonly 'compression.gzip.level'?: number | string | undefined
  /**
   * The level for `lz4`: 9 is its fast mode, any other its high-compression mode. Any value but `9`
   * is refused: the package that compresses has the fast mode only.
   *
   * Takes an integer, 1 … 17.
   *
   * @defaultValue `9`
   * @see KIP-390
   */
  readonly 'compression.lz4.level'?: number | string | undefined
  /**
   * The level for `zstd`, from fast to small; 0 counts as 3, its default.
   *
   * Takes an integer, -131072 … 22.
   *
   * @defaultValue `3`
   * @see KIP-390
   */
  readonly 'compression.zstd.level'?: number | string | undefined
  /**
   * The pause before the first retry of a batch or of a metadata request. It doubles with each
   * failure, give or take 20 %.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `100`
   * @see KIP-580
   */
  readonly 'retry.backoff.ms'?: number | string | undefined
  /**
   * The longest pause before a retry. Where it is the smaller, every pause is this long.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `1000`
   * @see KIP-580
   */
  readonly 'retry.backoff.max.ms'?: number | string | undefined
  /**
   * The name under which a producer opens transactions: one process at a time uses it, and a second
   * one fences the first. Needs `enable.idempotence`, and brokers of Kafka 2.5 or later. A producer
   * that has one sends in transactions only. Null: it opens none.
   *
   * Takes a string, or null.
   *
   * @defaultValue `null`
   * @see KIP-98, KIP-890
   */
  readonly 'transactional.id'?: string | null | undefined
  /**
   * How long a transaction may stay open before its coordinator aborts it. The producer aborts it
   * earlier, by `request.timeout.ms` or by half of it, whichever is shorter. Brokers accept at most
   * their `transaction.max.timeout.ms` (15 minutes).
   *
   * Takes an integer (ms).
   *
   * @defaultValue `60000`
   * @see KIP-98
   */
  readonly 'transaction.timeout.ms'?: number | string | undefined
  /**
   * Whether transactions take part in a two-phase commit and never time out. Any value but `false`
   * is refused: no Kafka up to 4.4 has two-phase commit for producers (Java ignores the key).
   *
   * Takes true or false.
   *
   * @defaultValue `false`
   * @see KIP-939
   */
  readonly 'transaction.two.phase.commit.enable'?: boolean | 'true' | 'false' | undefined
}
