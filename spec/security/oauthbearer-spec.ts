import { describe, expect, it } from 'vitest'
import { oauthbearer } from '../../lib/security/oauthbearer.ts'
import { type OAuthToken, Tokens } from '../../lib/security/tokens.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { begin, runtimeOf, said } from '../support/sasl-dialogue.ts'

const rules = { windowFactor: 0.8, windowJitter: 0.05, minPeriodMs: 60_000, bufferMs: 300_000 }

function exchange(token: OAuthToken) {
  return begin(oauthbearer(new Tokens((_, done) => void done(null, token), rules), 0))
}

describe('OAUTHBEARER', () => {
  it('sends the token in one message, with its extensions', async () => {
    expect(await said(exchange({ value: 'abc.d-e_f' }))).toBe(
      'n,,\x01auth=Bearer abc.d-e_f\x01\x01',
    )
    const extensions = { logicalCluster: 'lkc-1', identityPoolId: 'pool 2' }
    expect(await said(exchange({ value: 'x', extensions }))).toBe(
      'n,,\x01auth=Bearer x\x01logicalCluster=lkc-1\x01identityPoolId=pool 2\x01\x01',
    )
  })

  it('succeeds with an empty answer, and answers any other with one byte', async () => {
    const good = exchange({ value: 'x' })
    await said(good)
    expect(await said(good, '')).toBe('(done)')
    const bad = exchange({ value: 'x' })
    await said(bad)
    expect(await said(bad, '{"status":"invalid_token"}')).toBe('\x01')
    await expect(said(bad, '')).rejects.toMatchObject({ code: 'SASL_PROTOCOL_BROKEN' })
  })

  it('does not send a token that has expired', async () => {
    const failure = said(exchange({ value: 'x', expiresAt: 1_699_999_990_000 }))
    await expect(failure).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
      message: 'the token expired 10 seconds ago, before it could be used',
    })
  })

  it('names the mistake of seconds instead of milliseconds', async () => {
    const failure = said(exchange({ value: 'x', expiresAt: 1_700_000_600 }))
    await expect(failure).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
      message:
        'expiresAt of the token is 1700000600, which is long ago: it must be in milliseconds since 1970',
    })
  })

  it('requests another token soon after a broker refused one', async () => {
    let asked = 0
    const tokens = new Tokens((_, done) => {
      asked += 1
      done(null, { value: `t${asked}`, expiresAt: 1_900_000_000_000 })
      return undefined
    }, rules)
    const clock = new VirtualClock()
    const login = () => begin(oauthbearer(tokens, 0), runtimeOf(undefined, clock))
    const refused = login()
    await said(refused)
    await said(refused, '{"status":"invalid_token"}')
    clock.runUntil(10_000)
    expect(await said(login())).toContain('Bearer t2')
  })

  it.each([
    [{ value: '' }, 'characters that a bearer token cannot have'],
    [{ value: 'hunter2\x01auth=Bearer y' }, 'characters that a bearer token cannot have'],
    [{ value: 'hunter2 x' }, 'characters that a bearer token cannot have'],
    [{ value: 'x', extensions: { a1: 'x' } }, 'is called "a1"'],
    [{ value: 'x', extensions: { auth: 'x' } }, 'is called "auth"'],
    [{ value: 'x', extensions: { a: 'hunter2\x01' } }, 'the SASL extension a has a value'],
    [{ value: 'x', extensions: { a: 5 as never } }, 'the SASL extension a has a value'],
  ])('refuses what would change the message: %j', async (token, sentence) => {
    const failure = said(exchange(token))
    await expect(failure).rejects.toMatchObject({ message: expect.stringContaining(sentence) })
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') })
  })
})
