import { errorCode, type KafkaErrorName } from './error-codes.ts'
import { KafkaError, setKnown } from './kafka-error.ts'

/** The facts of a {@link BrokerError}. */
export interface BrokerErrorFacts {
  /** The request, such as `Produce orders-3` or `InitProducerId`. */
  readonly request: string
  /** The broker's own message, if it sent one. */
  readonly detail?: string | null | undefined
  /** The broker's node id; negative for a bootstrap server. Absent if any broker may have been asked. */
  readonly broker?: number | undefined
}

/** A broker answered with an error code. `code` is Kafka's name of it. */
export class BrokerError extends KafkaError {
  readonly code: KafkaErrorName
  /** The number of the code, also if this package has no name for it. */
  readonly errorCode: number
  /**
   * The node id of the broker that refused a Produce request; negative for a bootstrap server. Undefined
   * if any broker may have been asked, as for metadata or a producer id.
   */
  declare readonly broker: number | undefined

  override get name(): 'BrokerError' {
    return 'BrokerError'
  }

  constructor(code: number, facts: BrokerErrorFacts) {
    const known = errorCode(code)
    const words = facts.detail ? `${known.sentence} (${facts.detail})` : known.sentence
    const number = known.code === code ? '' : ` (${code})`
    super(`${facts.request}: ${known.name}${number}, ${words}`, { retriable: known.retriable })
    this.code = known.name
    this.errorCode = code
    setKnown<BrokerError>(this, { broker: facts.broker })
  }
}
