// Errors as programs log them: printed by Node, as JSON, by pino, and by the formats of winston.

import { inspect } from 'node:util'
import { format } from 'logform'
import { pino } from 'pino'
import { of } from 'rxjs'
import {
  AuthenticationError,
  BrokerError,
  ConfigError,
  ConnectionError,
  DeliveryError,
  KafkaProducer,
  ProtocolError,
  TransactionError,
  toKafka,
} from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'

const cause = new BrokerError(3, { request: 'Metadata orders' })
const secret = { topic: 'orders', value: 'hunter2' }

/** Each class with as few facts as possible, and with a cause. */
const errors = [
  new ConfigError('MISSING', 'bootstrap.servers is missing', { key: 'bootstrap.servers' }),
  new ConnectionError('CONNECT_FAILED', 'cannot connect to b:1', { cause }),
  cause,
  new DeliveryError('METADATA_TIMEOUT', { record: secret, persisted: 'no', cause }),
  new TransactionError('ABORTED', { transactionalId: 't', records: [secret], cause }),
  new ProtocolError('TRUNCATED', 'the bytes end early', { cause }),
  new AuthenticationError('TLS_FAILED', 'TLS with b:1 failed', { cause }),
]

type Logged = Readonly<Record<string, unknown>>

function byPino(error: Error): Logged {
  const lines: string[] = []
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(line) })
  logger.error(error)
  return JSON.parse(lines[0]!).err
}

/** As winston's documentation recommends for errors: `format.errors` before `format.json`. */
function byWinston(error: Error): Logged {
  const formats = format.combine(format.errors({ stack: true, cause: true }), format.json())
  const info = formats.transform(Object.assign(error, { level: 'error' }) as never, {})
  Reflect.deleteProperty(error, 'level')
  return JSON.parse(String((info as never)[Symbol.for('message')]))
}

const asJson = (error: Error): Logged => JSON.parse(JSON.stringify(error))

/** JSON has no undefined; null, '', [] and {} tell a reader of a log nothing. */
const empty = (logged: Logged): string[] =>
  Object.keys(logged).filter((key) => {
    const value = logged[key]
    return (
      value === null ||
      value === '' ||
      (typeof value === 'object' && Object.keys(value).length === 0)
    )
  })

describe.each(errors.map((error) => [error.name, error] as const))('%s', (name, error) => {
  it('has its name, code, message and cause as JSON, and no empty fields', () => {
    const logged = asJson(error)
    expect(logged).toMatchObject({ name, code: error.code, message: error.message })
    expect('cause' in logged).toBe(error.cause !== undefined)
    expect(empty(logged)).toEqual([])
  })

  it('has its name, code, message and cause when it is printed, and no empty fields', () => {
    const printed = inspect(error)
    expect(printed).toContain(`${name}: ${error.message}`)
    expect(printed).toContain(`code: '${error.code}'`)
    if (error.cause !== undefined)
      expect(printed).toContain('[cause]: BrokerError: Metadata orders')
    expect(printed).not.toMatch(/undefined|: null|\[\]|\{\}|: -1|hunter2/)
  })

  it("has its name, code, message and cause in pino's log, and no empty fields", () => {
    const logged = byPino(error)
    expect(logged).toMatchObject({ type: name, code: error.code })
    expect(logged['message']).toContain(error.message)
    if (error.cause !== undefined) expect(logged['message']).toContain('UNKNOWN_TOPIC_OR_PARTITION')
    expect(empty(logged)).toEqual([])
  })

  it("has its name, code, message and cause in winston's log, and no empty fields", () => {
    const logged = byWinston(error)
    expect(logged).toMatchObject({ code: error.code, message: error.message })
    expect(logged['stack']).toContain(name)
    if (error.cause !== undefined) {
      expect(JSON.stringify(logged['cause'])).toContain('UNKNOWN_TOPIC_OR_PARTITION')
    }
    expect(empty(logged)).toEqual([])
    expect(JSON.stringify(logged)).not.toContain('hunter2')
  })
})

describe('the error of a stream', () => {
  it('shows in each log how many records were delivered, and none of the records', async () => {
    await using cluster = await MockCluster.start({ topics: { orders: {} } })
    const config = { 'bootstrap.servers': cluster.bootstrapServers }
    const records$ = of({ topic: 'orders', value: 'hunter2'.repeat(200_000) })
    const error = await new Promise<DeliveryError>((resolve) => {
      records$.pipe(toKafka(config)).subscribe({ error: resolve })
    })

    const counts = { acknowledged: 0, unsent: 1, unknown: 0 }
    for (const logged of [asJson(error), byPino(error), byWinston(error)]) {
      expect(logged).toMatchObject({ code: 'RECORD_TOO_LARGE', counts })
      expect(JSON.stringify(logged)).not.toContain('hunter2')
    }
    expect(inspect(error)).not.toContain('hunter2')
  })

  it('has no counts if a single record was sent', async () => {
    await using cluster = await MockCluster.start({ topics: { orders: {} } })
    await using producer = new KafkaProducer({ 'bootstrap.servers': cluster.bootstrapServers })
    const error = await producer
      .send({ topic: 'orders', value: 'x'.repeat(2_000_000) })
      .catch((thrown: unknown) => thrown as DeliveryError)
    expect(inspect(error)).not.toContain('counts')
  })
})
