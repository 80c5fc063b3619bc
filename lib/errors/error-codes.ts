// Kafka's error codes: the one table from a number to its name, its reaction and its message. R: retriable,
// as in Apache's Java client. M: the client's metadata is out of date.

type Row = readonly [code: number, reaction: '' | 'R' | 'RM', sentence: string]

const table = {
  UNKNOWN_SERVER_ERROR: [-1, '', 'the broker met an error it has no code for'],
  NONE: [0, '', 'no error'],
  OFFSET_OUT_OF_RANGE: [1, '', 'the offset is outside the log'],
  CORRUPT_MESSAGE: [
    2,
    'R',
    'the batch failed its checksum, has an invalid size, or a null key on a compacted topic',
  ],
  UNKNOWN_TOPIC_OR_PARTITION: [3, 'RM', 'the broker does not host this topic or partition'],
  INVALID_FETCH_SIZE: [4, '', 'the fetch size is invalid'],
  LEADER_NOT_AVAILABLE: [5, 'RM', 'the partition has no leader at the moment'],
  NOT_LEADER_OR_FOLLOWER: [6, 'RM', "the broker is not the partition's leader"],
  REQUEST_TIMED_OUT: [7, 'R', 'the replicas did not confirm in time'],
  BROKER_NOT_AVAILABLE: [8, '', 'the broker is not available'],
  REPLICA_NOT_AVAILABLE: [9, 'RM', 'the replica is not available'],
  MESSAGE_TOO_LARGE: [10, '', 'the batch is larger than the broker or topic allows'],
  OFFSET_METADATA_TOO_LARGE: [12, '', 'the metadata of the offset are too long'],
  NETWORK_EXCEPTION: [13, 'RM', 'the broker disconnected before it answered'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, 'R', 'the coordinator is loading'],
  COORDINATOR_NOT_AVAILABLE: [15, 'R', 'the coordinator is not available'],
  NOT_COORDINATOR: [16, 'R', 'this broker is not the coordinator'],
  INVALID_TOPIC_EXCEPTION: [17, '', "the topic's name is invalid"],
  RECORD_LIST_TOO_LARGE: [18, '', 'the batch is larger than a log segment'],
  NOT_ENOUGH_REPLICAS: [19, 'R', 'fewer replicas are in sync than min.insync.replicas'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [
    20,
    'R',
    'written, but to fewer replicas than min.insync.replicas',
  ],
  INVALID_REQUIRED_ACKS: [21, '', 'acks is not one of -1, 0, 1'],
  ILLEGAL_GENERATION: [22, '', "the generation is not the group's"],
  INVALID_GROUP_ID: [24, '', 'the group id is invalid'],
  UNKNOWN_MEMBER_ID: [25, '', 'the group has no member with this id'],
  REBALANCE_IN_PROGRESS: [27, '', 'the group is rebalancing'],
  INVALID_COMMIT_OFFSET_SIZE: [28, '', 'the commit of offsets is too large'],
  TOPIC_AUTHORIZATION_FAILED: [29, '', 'not authorized for the topic'],
  GROUP_AUTHORIZATION_FAILED: [30, '', 'not authorized for the group'],
  CLUSTER_AUTHORIZATION_FAILED: [31, '', 'not authorized for the cluster'],
  INVALID_TIMESTAMP: [32, '', 'the timestamp is outside what the topic accepts'],
  UNSUPPORTED_SASL_MECHANISM: [33, '', 'the SASL mechanism is not enabled'],
  ILLEGAL_SASL_STATE: [34, '', 'the request is out of place in the SASL exchange'],
  UNSUPPORTED_VERSION: [35, '', 'the broker does not support this version of the request'],
  NOT_CONTROLLER: [41, 'R', 'this broker is not the controller'],
  INVALID_REQUEST: [42, '', 'the request is malformed'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, '', "the topic's message format does not support this"],
  POLICY_VIOLATION: [44, '', 'a policy of the broker refuses it'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, '', 'the sequence number is not the next one'],
  DUPLICATE_SEQUENCE_NUMBER: [46, '', 'the batch was written before'],
  INVALID_PRODUCER_EPOCH: [47, '', 'a newer epoch of this producer exists'],
  INVALID_TXN_STATE: [48, '', 'the transaction is not in a state that allows this'],
  INVALID_PRODUCER_ID_MAPPING: [49, '', 'the producer id is not the one of this transactional id'],
  INVALID_TRANSACTION_TIMEOUT: [
    50,
    '',
    'transaction.timeout.ms is not above 0, or above transaction.max.timeout.ms of the brokers',
  ],
  CONCURRENT_TRANSACTIONS: [51, 'R', 'another transaction of this producer is still completing'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, '', 'not authorized for the transactional id'],
  SECURITY_DISABLED: [54, '', 'security is disabled'],
  OPERATION_NOT_ATTEMPTED: [55, '', 'not attempted, because another part of the request failed'],
  KAFKA_STORAGE_ERROR: [56, 'RM', "the broker's disk failed"],
  SASL_AUTHENTICATION_FAILED: [58, '', 'authentication failed'],
  UNKNOWN_PRODUCER_ID: [59, '', 'the broker has no state for this producer id'],
  REASSIGNMENT_IN_PROGRESS: [60, '', 'a reassignment is in progress'],
  GROUP_ID_NOT_FOUND: [69, '', 'the group does not exist'],
  FETCH_SESSION_ID_NOT_FOUND: [70, 'R', 'the fetch session was not found'],
  INVALID_FETCH_SESSION_EPOCH: [71, 'R', 'the fetch session epoch is invalid'],
  LISTENER_NOT_FOUND: [72, 'RM', 'the leader has no listener of this name'],
  FENCED_LEADER_EPOCH: [74, 'RM', "the leader epoch is older than the broker's"],
  UNKNOWN_LEADER_EPOCH: [75, 'R', "the leader epoch is newer than the broker's"],
  UNSUPPORTED_COMPRESSION_TYPE: [76, '', 'the broker does not support this compression'],
  STALE_BROKER_EPOCH: [77, '', 'the broker epoch is stale'],
  OFFSET_NOT_AVAILABLE: [78, 'R', 'the offset is not available yet'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, 'RM', 'the preferred leader is not available'],
  FENCED_INSTANCE_ID: [82, '', 'a newer member has this instance id'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, 'RM', 'no replica may become leader'],
  ELECTION_NOT_NEEDED: [84, 'RM', 'no election is needed'],
  INVALID_RECORD: [87, '', 'the broker refuses a record of the batch'],
  UNSTABLE_OFFSET_COMMIT: [88, 'R', 'some offsets are not stable yet'],
  THROTTLING_QUOTA_EXCEEDED: [89, 'R', 'a quota is exceeded'],
  PRODUCER_FENCED: [90, '', 'a newer producer with this transactional id exists'],
  UNKNOWN_TOPIC_ID: [100, 'RM', 'the broker does not know this topic id'],
  INCONSISTENT_TOPIC_ID: [103, 'RM', "the topic id is not the partition's"],
  TRANSACTIONAL_ID_NOT_FOUND: [105, '', 'the coordinator does not know the transactional id'],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, 'R', 'the fetch session mixes topic ids'],
  STALE_MEMBER_EPOCH: [113, '', "the member epoch is not the group's"],
  UNKNOWN_SUBSCRIPTION_ID: [117, '', 'the broker does not know this subscription to metrics'],
  TELEMETRY_TOO_LARGE: [118, '', 'the metrics are larger than the broker takes'],
  TRANSACTION_ABORTABLE: [120, '', 'the transaction has to be aborted'],
  REBOOTSTRAP_REQUIRED: [129, '', 'the client has to start again from its bootstrap servers'],
} as const satisfies Record<string, Row>

/** Kafka's name of an error code. */
export type KafkaErrorName = keyof typeof table

/** One of Kafka's error codes and what it means for a client. */
export interface KafkaErrorCode {
  readonly code: number
  readonly name: KafkaErrorName
  /** The same request may succeed later. */
  readonly retriable: boolean
  /** The metadata is out of date and should be requested again. */
  readonly stale: boolean
  readonly sentence: string
}

const byCode = new Map<number, KafkaErrorCode>()
const byName = {} as Record<KafkaErrorName, KafkaErrorCode>
for (const [name, [code, reaction, sentence]] of Object.entries(table) as [KafkaErrorName, Row][]) {
  const stale = reaction === 'RM'
  const entry = { code, name, retriable: reaction !== '', stale, sentence }
  byCode.set(code, entry)
  byName[name] = entry
}

/** Every code this client knows, by name: `errorCodes.NOT_LEADER_OR_FOLLOWER.code`. */
export const errorCodes: Readonly<Record<KafkaErrorName, KafkaErrorCode>> = byName

/** The meaning of a code on the wire. A code that is unknown here is UNKNOWN_SERVER_ERROR, as in Java. */
export function errorCode(code: number): KafkaErrorCode {
  return byCode.get(code) ?? errorCodes.UNKNOWN_SERVER_ERROR
}
