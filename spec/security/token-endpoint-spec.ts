import { describe, expect, it } from 'vitest'
import { unsecured } from '../../lib/security/jwt.ts'
import { encodedOf, formOf, fromEndpoint } from '../../lib/security/token-endpoint.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { runtimeOf } from '../support/sasl-dialogue.ts'

const good = unsecured({ sub: 'me', exp: 2_000_000_000, iat: 1_700_000_000 })
const issued = { status: 200, body: JSON.stringify({ access_token: good }) }

/**
 * The result of a token request to an endpoint with these answers, one after another, and the times
 * of the requests.
 */
function asked(answers: readonly ({ status: number; body: string } | Error)[], more: object = {}) {
  const clock = new VirtualClock()
  const times: number[] = []
  const bodies: string[] = []
  const retrieve = fromEndpoint(
    {
      url: 'https://me:hunter2@issuer.example/token?key=hunter2',
      connectTimeoutMs: null,
      readTimeoutMs: null,
      backoffMs: 100,
      backoffMaxMs: 10_000,
      names: { subject: 'sub', scope: 'scope' },
      extensions: { pool: 'p' },
      tls: null,
      post: (request, done) => {
        bodies.push(request.body)
        times.push(clock.now())
        const answer = answers[Math.min(times.length, answers.length) - 1]!
        clock.soon(() => (answer instanceof Error ? done(answer, null) : done(null, answer)))
      },
      ...more,
    },
    () => ({ headers: {}, body: 'grant_type=x&secret=hunter2', secrets: ['hunter2'] }),
  )
  let result: { error: unknown; token: unknown } | null = null
  retrieve(runtimeOf(undefined, clock), (error, token) => {
    expect(result).toBeNull()
    result = { error, token }
  })
  clock.runUntil(60_000)
  return { times, bodies, ...(result as never as { error: Error | null; token: unknown }) }
}

describe('a token endpoint', () => {
  it('returns a token, with its times and the configured extensions', () => {
    expect(asked([issued])).toMatchObject({
      times: [0],
      token: {
        value: good,
        expiresAt: 2_000_000_000_000,
        issuedAt: 1_700_000_000_000,
        extensions: { pool: 'p' },
      },
    })
    const byId = { status: 201, body: JSON.stringify({ id_token: ` ${good} ` }) }
    expect(asked([byId]).token).toMatchObject({ value: good })
  })

  it('is asked again after a temporary failure, with pauses that double', () => {
    const { times, token } = asked([
      { status: 500, body: '' },
      new Error('reset'),
      { status: 429, body: '' },
      issued,
    ])
    expect(times).toEqual([0, 100, 300, 700])
    expect(token).toMatchObject({ value: good })
  })

  it.each([400, 401, 403, 404, 415, 501, 505])('is not asked again after %i', (status) => {
    const body =
      '{"error":"invalid_client","error_description":"no such client","secret":"hunter2"}'
    const { times, error } = asked([{ status, body }])
    expect(times).toEqual([0])
    expect(error).toMatchObject({
      code: 'TOKEN_UNAVAILABLE',
      retriable: false,
      message: `the token endpoint https://[hidden]@issuer.example/token answered ${status}: invalid_client: no such client`,
    })
  })

  it('is not quoted if it repeats the secret', () => {
    const body = '{"error":"invalid_client","error_description":"hunter2 is wrong"}'
    const { error } = asked([{ status: 401, body }])
    expect(error!.message).toMatch(/issuer\.example\/token answered 401$/)
  })

  it('is tried for ten seconds in total, and the first failure is reported', () => {
    const { times, error } = asked([new Error('connect ECONNREFUSED'), { status: 503, body: '' }])
    expect(times).toEqual([0, 100, 300, 700, 1_500, 3_100, 6_300])
    expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE', retriable: true })
    expect(error!.message).toContain('cannot be reached: connect ECONNREFUSED')
  })

  it.each([
    ['no JSON', 'hunter2', 'an answer that is not a JSON object'],
    ['null', 'null', 'an answer that is not a JSON object'],
    ['no token', '{"token":"hunter2"}', 'returned no access_token'],
    ['no JSON web token', '{"access_token":"hunter2"}', 'is not a JSON web token'],
  ])('that returns %s fails the login', (_, body, sentence) => {
    const { error } = asked([{ status: 200, body }])
    expect(error!.message).toContain(sentence)
    expect(error!.message).not.toContain('hunter2')
  })
})

describe('a form', () => {
  it('is encoded as in Java', () => {
    expect(encodedOf("a b+c&d=é!'()~*-._")).toBe('a+b%2Bc%26d%3D%C3%A9%21%27%28%29%7E*-._')
    expect(formOf({ a: 'x y', b: null, c: '' })).toBe('a=x+y&c=')
  })
})

describe('a token that is no longer needed', () => {
  function givenUpAt(ms: number) {
    const clock = new VirtualClock()
    const log: string[] = []
    const retrieve = fromEndpoint(
      {
        url: 'https://issuer.example/token',
        connectTimeoutMs: null,
        readTimeoutMs: null,
        backoffMs: 100,
        backoffMaxMs: 10_000,
        names: { subject: 'sub', scope: 'scope' },
        extensions: {},
        tls: null,
        post: (_, done) => {
          log.push(`asked at ${clock.now()}`)
          // A runtime that cannot cancel a request still answers it.
          clock.at(clock.now() + 20, () => done(new Error('reset'), null))
          return () => void log.push('socket closed')
        },
      },
      () => ({ headers: {}, body: '', secrets: [] }),
    )
    const giveUp = retrieve(runtimeOf(undefined, clock), () => log.push('told'))!
    clock.runUntil(ms)
    giveUp()
    const left = clock.pending
    clock.runUntil(60_000)
    return { log, left }
  }

  it('has its request closed, and is not requested again', () => {
    expect(givenUpAt(10)).toEqual({ log: ['asked at 0', 'socket closed'], left: 1 })
  })

  it('is not requested after the pause, which leaves no timer', () => {
    expect(givenUpAt(50)).toMatchObject({ left: 0 })
    expect(givenUpAt(50).log.filter((line) => line !== 'socket closed')).toEqual(['asked at 0'])
  })
})
