// The rules between settings, as in Java's producer. Each takes the parsed settings and the keys that were
// given, applies its change, and notes it; or throws if the given keys contradict each other.

import { ConfigError } from '../errors/config-error.ts'
import { codecs } from '../records/compression.ts'
import type { KeyName, Parsed } from './keys.ts'

/** Java's largest int, at which sums of durations stop. */
export const intMax = 2147483647

const clientIdMax = 32_767

/** Settings on their way through the rules. */
export interface Draft {
  readonly parsed: Parsed
  /** The keys that the user gave, whatever the value. */
  readonly given: ReadonlySet<KeyName>
  readonly notices: string[]
}

/** All rules, in Java's order. */
export function applyChecks(draft: Draft): void {
  checkClientId(draft)
  checkReconnectBackoff(draft)
  checkIdempotence(draft)
  checkTransactions(draft)
  checkDeliveryTimeout(draft)
  checkCompression(draft)
  checkRack(draft)
  noteBackoffs(draft)
  notePartitioner(draft)
}

/** A request has 15 bits for its length in bytes. */
function checkClientId({ parsed }: Draft): void {
  const key = 'client.id'
  const length = Buffer.byteLength(parsed[key] ?? '')
  if (length <= clientIdMax) return
  const message = `${key}: ${length} bytes are too many; at most ${clientIdMax} are allowed (UTF-8)`
  throw new ConfigError('OUT_OF_RANGE', message, { key, allowed: `${clientIdMax} bytes` })
}

/** Given alone, the first pause before a reconnect is the only one: it does not grow. */
function checkReconnectBackoff({ parsed, given }: Draft): void {
  if (given.has('reconnect.backoff.ms') && !given.has('reconnect.backoff.max.ms')) {
    parsed['reconnect.backoff.max.ms'] = parsed['reconnect.backoff.ms']
  }
}

/**
 * Idempotence needs retries, all replicas and at most five requests in flight. If it is only the default,
 * retries and acks switch it off; requests in flight never do (since Kafka 4.0).
 */
function checkIdempotence({ parsed, given, notices }: Draft): void {
  if (!parsed['enable.idempotence']) return
  const wanted = given.has('enable.idempotence')
  const broken: [KeyName, string][] = []
  if (parsed.retries === 0) broken.push(['retries', 'needs retries above 0'])
  if (parsed.acks === '0' || parsed.acks === '1') broken.push(['acks', "needs acks 'all'"])
  const first = broken[0]
  if (first !== undefined && wanted) throw contradiction(first[0], parsed, first[1])
  if (parsed['max.in.flight.requests.per.connection'] > 5) {
    const need = 'allows at most 5; set enable.idempotence to false to go without it'
    throw contradiction('max.in.flight.requests.per.connection', parsed, need)
  }
  if (first === undefined) return
  parsed['enable.idempotence'] = false
  notices.push(
    `enable.idempotence is false, because ${first[0]} is ${parsed[first[0]]}: ` +
      'a record may be written twice, and out of order with more than 1 request in flight',
  )
}

function contradiction(key: KeyName, parsed: Parsed, need: string): ConfigError {
  const message = `${key}: ${parsed[key]} contradicts enable.idempotence true, which ${need}`
  return new ConfigError('CONTRADICTION', message, { key, value: parsed[key], allowed: need })
}

/** Transactions need idempotent batches, so nothing may switch idempotence off. */
function checkTransactions({ parsed }: Draft): void {
  const key = 'transactional.id'
  const id = parsed[key]
  if (id === null) return
  checkTransactionTimeout(parsed)
  checkCoordinatorTime(parsed)
  if (id === '') {
    const message = `${key} is empty: it must be a name of at least one character, or null`
    throw new ConfigError('INVALID_VALUE', message, { key, value: id, allowed: 'a name, or null' })
  }
  if (parsed['enable.idempotence']) return
  const off = parsed.retries === 0 ? 'retries' : parsed.acks === 'all' ? null : 'acks'
  const [why, need] = faultOf(off === 'acks' && parsed.acks === '-1' ? null : off, parsed)
  const message = `${key}: transactions need enable.idempotence, but ${why}; it ${need}`
  throw new ConfigError('CONTRADICTION', message, { key, value: id, allowed: need })
}

/** A broker refuses values that are not above 0, when the first transaction begins. */
function checkTransactionTimeout(parsed: Parsed): void {
  const key = 'transaction.timeout.ms'
  const value = parsed[key]
  if (value > 0) return
  const message = `${key}: ${value} is out of range: it must be 1 or more (ms)`
  throw new ConfigError('OUT_OF_RANGE', message, { key, value, allowed: '1 or more (ms)' })
}

/** Nothing of a transaction can be done without the answer of a coordinator. */
function checkCoordinatorTime(parsed: Parsed): void {
  const key = 'max.block.ms'
  if (parsed[key] > 0) return
  const allowed = '1 or more (ms)'
  const message = `${key}: 0 leaves no time for the coordinators that transactional.id needs; it must be ${allowed}`
  throw new ConfigError('CONTRADICTION', message, { key, value: 0, allowed })
}

function faultOf(off: 'retries' | 'acks' | null, parsed: Parsed): readonly [string, string] {
  if (off === null) return ['that is false', 'needs enable.idempotence true']
  const need = off === 'retries' ? 'needs retries above 0' : "needs acks 'all'"
  return [`${off} is ${parsed[off]}`, need]
}

/** A record must live long enough to linger once and to be requested once. */
function checkDeliveryTimeout({ parsed, given, notices }: Draft): void {
  const key = 'delivery.timeout.ms'
  const linger = Math.min(parsed['linger.ms'], intMax)
  const least = Math.min(linger + parsed['request.timeout.ms'], intMax)
  const value = parsed[key]
  if (value >= least) return
  const sum = `linger.ms (${linger}) + request.timeout.ms (${parsed['request.timeout.ms']})`
  if (given.has(key)) {
    const message = `${key}: ${value} is less than ${sum}: it must be ${least} or more (ms)`
    throw new ConfigError('CONTRADICTION', message, { key, value, allowed: `${least} or more` })
  }
  parsed[key] = least
  notices.push(`${key} is raised from ${value} to ${least}, because of ${sum}`)
}

/** A codec that is missing here would fail every batch, so it is refused before the first. */
function checkCompression({ parsed }: Draft): void {
  const key = 'compression.type'
  const value = parsed[key]
  const needs = codecs[value].compressNeeds()
  if (needs === null) return
  const usable = Object.values(codecs).filter((codec) => codec.compressNeeds() === null)
  const allowed = usable.map(({ name }) => name).join(', ')
  const message = `${key}: '${value}' needs ${needs} (accepted: ${allowed})`
  throw new ConfigError('NOT_SUPPORTED', message, { key, value, allowed })
}

function checkRack({ parsed }: Draft): void {
  const key = 'client.rack'
  if (!parsed['partitioner.rack.aware'] || parsed[key] !== '') return
  const message = `${key} is missing: partitioner.rack.aware true needs the rack of this client`
  throw new ConfigError('MISSING', message, { key, value: '', allowed: 'a rack' })
}

const pairs = [
  ['retry.backoff.ms', 'retry.backoff.max.ms'],
  ['socket.connection.setup.timeout.ms', 'socket.connection.setup.timeout.max.ms'],
] as const

function noteBackoffs({ parsed, notices }: Draft): void {
  for (const [first, max] of pairs) {
    if (parsed[first] <= parsed[max]) continue
    notices.push(`${first} (${parsed[first]}) is above ${max}: it is always ${parsed[max]}`)
  }
}

function notePartitioner({ parsed, notices }: Draft): void {
  if (parsed['partitioner.class'] === null) return
  for (const key of ['partitioner.ignore.keys', 'partitioner.rack.aware'] as const) {
    if (parsed[key]) notices.push(`${key} has no effect on a partitioner of yours`)
  }
}
