import { isKafkaError } from 'to-kafka'
import type { Fault } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { plainLogin, saslStage, scramLogin, texts, valued } from './sasl-stage.ts'

// Logins with SASL, in virtual time: an accepted producer delivers, and a refused one gets the
// reason at once.

/** How the results of a stream ended: `fulfilled`, or the codes of the error and of its cause. */
function ends(results: readonly { readonly status: string; readonly error?: unknown }[]): string[] {
  return results.map(({ status, error }) => {
    if (!isKafkaError(error)) return status
    const cause = isKafkaError(error.cause) ? ` ${error.cause.code}` : ''
    return `${error.code}${cause}`
  })
}

describe('a producer that logs in', () => {
  it.each([
    ['PLAIN', 1],
    ['SCRAM-SHA-256', 2],
    ['SCRAM-SHA-512', 2],
  ])('with %s delivers in order, after %i round trips', (mechanism, rounds) => {
    const stage = saslStage()
    const results = stage.deliver(valued(['a', 'b', 'c']), {
      ...plainLogin,
      'sasl.mechanism': mechanism,
    })
    stage.clock.runUntil(1_000)
    expect(ends(results)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(texts(stage)).toEqual(['a', 'b', 'c'])
    const apis = stage.cluster.requests.map(({ api }) => api)
    const login = ['ApiVersions', 'SaslHandshake', ...Array(rounds).fill('SaslAuthenticate')]
    expect(apis.slice(0, login.length + 1)).toEqual([...login, 'Metadata'])
  })

  it("with Java's JAAS line does the same", () => {
    const stage = saslStage()
    const module = 'org.apache.kafka.common.security.plain.PlainLoginModule'
    const results = stage.deliver(valued(['a']), {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': `${module} required username="me" password="secret";`,
    })
    stage.clock.runUntil(1_000)
    expect(ends(results)).toEqual(['fulfilled'])
  })

  it.each(['2.1', '2.4', '3.9', '4.4'] as const)('does so on brokers of %s', (version) => {
    const stage = saslStage({}, { version })
    const results = stage.deliver(valued(['a']), scramLogin)
    stage.clock.runUntil(1_000)
    expect(ends(results)).toEqual(['fulfilled'])
  })
})

describe('a producer with tokens', () => {
  const tokens = (source: unknown) =>
    ({
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.login.callback.handler.class': source,
    }) as never

  it('logs in with OAUTHBEARER, in one round trip', () => {
    const stage = saslStage({ tokens: ['abc'] })
    const results = stage.deliver(
      valued(['a']),
      tokens(() => 'abc'),
    )
    stage.clock.runUntil(1_000)
    expect(ends(results)).toEqual(['fulfilled'])
    const apis = stage.cluster.requests.slice(0, 4).map(({ api }) => api)
    expect(apis).toEqual(['ApiVersions', 'SaslHandshake', 'SaslAuthenticate', 'Metadata'])
  })

  it('that the broker refuses gets the reason', () => {
    const stage = saslStage({ tokens: ['abc'] })
    const results = stage.deliver(
      valued(['a']),
      tokens(() => 'xyz'),
    )
    stage.clock.runUntil(1_000)
    expect(ends(results)).toEqual(['AUTHENTICATION_FAILED SASL_AUTHENTICATION_FAILED'])
    expect(results).toMatchObject([
      { error: { message: expect.stringContaining('{"status":"invalid_token"}') } },
    ])
  })

  it('that have expired gets an error, and sends no request', () => {
    const stage = saslStage({ tokens: ['abc'] })
    const results = stage.deliver(
      valued(['a']),
      tokens(() => ({ value: 'abc', expiresAt: 5 })),
    )
    stage.clock.runUntil(1_000)
    expect(ends(results)).toEqual(['AUTHENTICATION_FAILED TOKEN_EXPIRED'])
  })

  it('gets another token when its session ends with the token', () => {
    let issued = 0
    const life = 60_000
    const stage: ReturnType<typeof saslStage> = saslStage({
      tokens: (token) => Number(token.slice(1)),
    })
    const source = () => {
      issued += 1
      const expiresAt = stage.clock.timestamp() + life
      return { value: `t${expiresAt}`, expiresAt }
    }
    const producer = stage.producer(tokens(source))
    const all = []
    for (let value = 0; value < 300; value += 1) {
      all.push(...stage.deliverOn(producer, valued([value])))
      stage.clock.runUntil(stage.clock.now() + 1_000)
    }
    expect(texts(stage)).toEqual(Array.from({ length: 300 }, (_, value) => `${value}`))
    expect(issued).toBeGreaterThanOrEqual(5)
    expect(issued).toBeLessThanOrEqual(14)
  })
})

describe('a producer whose login is refused', () => {
  it.each([
    [
      'a wrong password',
      { 'sasl.password': 'wrong' },
      'refused the login by PLAIN: Authentication failed: Invalid username or password',
    ],
    [
      'an unknown user',
      { 'sasl.username': 'you' },
      'refused the login by PLAIN: Authentication failed: Invalid username or password',
    ],
    [
      'a wrong password',
      { ...scramLogin, 'sasl.password': 'wrong' },
      'refused the login by SCRAM-SHA-256: Authentication failed during authentication',
    ],
    [
      'an unknown user',
      { ...scramLogin, 'sasl.username': 'you' },
      'refused the login by SCRAM-SHA-256: Authentication failed during authentication',
    ],
  ])('for %s fails all waiting records at once', (_, login, sentence) => {
    const stage = saslStage()
    const producer = stage.producer({ ...plainLogin, ...login })
    const results = stage.deliverOn(producer, valued(['a', 'b', 'c']))
    stage.clock.runUntil(150)
    expect(ends(results)).toEqual(Array(3).fill('AUTHENTICATION_FAILED SASL_AUTHENTICATION_FAILED'))
    expect(results).toMatchObject([
      { error: { persisted: 'no', cause: { message: expect.stringContaining(sentence) } } },
      {},
      {},
    ])
  })

  it('for a mechanism that is not enabled gets the list of enabled ones', () => {
    const stage = saslStage({ mechanisms: ['SCRAM-SHA-512', 'OAUTHBEARER'] })
    const results = stage.deliver(valued(['a']), plainLogin)
    stage.clock.runUntil(150)
    expect(ends(results)).toEqual(['AUTHENTICATION_FAILED UNSUPPORTED_MECHANISM'])
    expect(results).toMatchObject([
      {
        error: {
          message: expect.stringContaining(
            'has not enabled the mechanism PLAIN; enabled: SCRAM-SHA-512, OAUTHBEARER',
          ),
        },
      },
    ])
  })

  it('by a port without SASL gets an error that says so', () => {
    const stage = saslStage({ security: 'PLAINTEXT' })
    const results = stage.deliver(valued(['a']), plainLogin)
    stage.clock.runUntil(150)
    expect(ends(results)).toEqual(['AUTHENTICATION_FAILED SASL_NOT_EXPECTED'])
  })

  it.each([
    [4095, 'ITERATIONS_OUT_OF_BOUNDS'],
    [1_000_001, 'ITERATIONS_OUT_OF_BOUNDS'],
  ])('refuses a server that requests %i iterations', (iterations, code) => {
    const stage = saslStage({ iterations })
    const results = stage.deliver(valued(['a']), scramLogin)
    stage.clock.runUntil(150)
    expect(ends(results)).toEqual([`AUTHENTICATION_FAILED ${code}`])
  })

  it('continues as soon as the password is right, also if it is shared', () => {
    const stage = saslStage()
    let password = 'wrong'
    const producer = stage.producer({ ...plainLogin, 'sasl.password': () => password })
    const before = stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(200)
    expect(ends(before)).toEqual(['AUTHENTICATION_FAILED SASL_AUTHENTICATION_FAILED'])
    password = 'secret'
    const after = stage.deliverOn(producer, valued(['b', 'c']))
    stage.clock.runUntil(1_000)
    expect(ends(after)).toEqual(['fulfilled', 'fulfilled'])
    expect(texts(stage)).toEqual(['b', 'c'])
  })

  it('tries again for each record, after the backoff', () => {
    const stage = saslStage()
    const producer = stage.producer({ ...plainLogin, 'sasl.password': 'wrong' })
    const arrivals = stage.arrivals('SaslHandshake')
    for (const value of ['a', 'b', 'c']) {
      const results = stage.deliverOn(producer, valued([value]))
      stage.clock.runUntil(stage.clock.now() + 2_000)
      expect(ends(results)).toEqual(['AUTHENTICATION_FAILED SASL_AUTHENTICATION_FAILED'])
    }
    expect(arrivals).toHaveLength(3)
  })

  it('continues after a refusal during the request for a producer id', () => {
    const stage = saslStage()
    let password = 'secret'
    const producer = stage.producer({ ...plainLogin, 'sasl.password': () => password })
    stage.cluster.on('InitProducerId', { nth: 1 }).closeBeforeAppend()
    stage.cluster.on('InitProducerId', { nth: 1 }).call(() => {
      password = 'wrong'
    })
    const lost = stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(1_000)
    expect(ends(lost)).toEqual(['AUTHENTICATION_FAILED SASL_AUTHENTICATION_FAILED'])
    password = 'secret'
    const after = stage.deliverOn(producer, valued(['b']))
    stage.clock.runUntil(10_000)
    expect(ends(after)).toEqual(['fulfilled'])
  })

  it('waits for the function that returns the password, and tries again if it fails', () => {
    const stage = saslStage()
    let asked = 0
    const password = () => {
      asked += 1
      if (asked < 3) throw new Error('the vault is sealed')
      return 'secret'
    }
    const results = stage.deliver(valued(['a']), { ...plainLogin, 'sasl.password': password })
    stage.clock.runUntil(2_000)
    expect(ends(results)).toEqual(['fulfilled'])
    expect(asked).toBe(3) // two failed; the bootstrap server's connection goes on as the leader's
  })

  it('does not fail because of one broker while another accepts the login', () => {
    const stage = saslStage({}, { brokers: 2 })
    const producer = stage.producer({ ...plainLogin, 'delivery.timeout.ms': 40_000 })
    const warm = stage.deliverOn(producer, valued(['a']))
    stage.clock.runUntil(500)
    expect(ends(warm)).toEqual(['fulfilled'])
    const fault = stage.cluster.on('SaslAuthenticate', { broker: 2 })
    fault.reply('SASL_AUTHENTICATION_FAILED')
    const results = stage.deliverOn(producer, valued(['b', 'c'], 2))
    stage.clock.runUntil(5_000)
    fault.cancel()
    stage.clock.runUntil(10_000)
    expect(ends(results)).toEqual(['fulfilled', 'fulfilled'])
  })

  it.each([
    ['closes', (fault: Fault) => fault.closeBeforeAppend()],
    ['says nothing', (fault: Fault) => fault.hang()],
    ['sends half an answer', (fault: Fault) => fault.truncate(6)],
    ['sends nonsense', (fault: Fault) => fault.garbage()],
    ['sends an answer that is too short', (fault: Fault) => fault.shorten(2)],
    ['sends an answer that is too long', (fault: Fault) => fault.lengthen(2)],
  ])('by a broker that %s tries again, and its error says in the end what happened', (_, harm) => {
    for (const api of ['SaslHandshake', 'SaslAuthenticate'] as const) {
      const stage = saslStage()
      harm(stage.cluster.on(api))
      const results = stage.deliver(valued(['a']), { ...plainLogin, 'max.block.ms': 60_000 })
      stage.clock.runUntil(70_000)
      expect(results).toMatchObject([{ error: { code: 'METADATA_TIMEOUT' } }])
      const [{ error }] = results as never as [{ error: Error }]
      expect(isKafkaError(error.cause) && error.cause.retriable).toBe(true)
    }
  })
})
