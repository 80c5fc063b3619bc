import { describe, expect, it } from 'vitest'
import { fromFunction, type Got, type OAuthToken, Tokens } from '../../lib/security/tokens.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { runtimeOf } from '../support/sasl-dialogue.ts'

const rules = { windowFactor: 0.8, windowJitter: 0.05, minPeriodMs: 60_000, bufferMs: 300_000 }
const minutes = 60_000

/**
 * Tokens with these lifetimes, each named by its number, and which one is returned as time passes.
 */
function keeper(lifeMs: number | null) {
  const clock = new VirtualClock()
  const runtime = { ...runtimeOf(undefined, clock), random: () => 0 }
  let asked = 0
  let error: Error | null = null
  const tokens = new Tokens((_, done) => {
    asked += 1
    const expiresAt = lifeMs === null ? undefined : clock.timestamp() + lifeMs
    if (error === null) done(null, { value: `t${asked}`, expiresAt })
    else done(error, null)
  }, rules)
  const taken = () => {
    let result = 'nothing'
    tokens.take(runtime, (cause, token) => {
      result = token?.value ?? (cause as Error).message
    })
    return result
  }
  const takenAt = (at: number) => {
    clock.runUntil(at)
    return taken()
  }
  const refusedAt = (at: number, value: string) => {
    clock.runUntil(at)
    tokens.refused(value, runtime)
  }
  return { takenAt, refusedAt, fail: (cause: Error | null) => (error = cause) }
}

describe('a token', () => {
  it('for an hour is used for 80 % of that time', () => {
    const { takenAt } = keeper(60 * minutes)
    expect([takenAt(0), takenAt(48 * minutes - 1), takenAt(48 * minutes)]).toEqual([
      't1',
      't1',
      't2',
    ])
  })

  it('for ten minutes is renewed five minutes before its end', () => {
    const { takenAt } = keeper(10 * minutes)
    expect([takenAt(0), takenAt(5 * minutes - 1), takenAt(5 * minutes)]).toEqual(['t1', 't1', 't2'])
  })

  it('for less than minimum and buffer together is used for 80 % of the remaining time', () => {
    const { takenAt } = keeper(30_000)
    expect([takenAt(0), takenAt(23_999), takenAt(24_000)]).toEqual(['t1', 't1', 't2'])
  })

  it('without an expiry is requested again each time', () => {
    const { takenAt } = keeper(null)
    expect([takenAt(0), takenAt(0), takenAt(1)]).toEqual(['t1', 't2', 't3'])
  })

  it('stays in use while no other is available, and no longer than it is valid', () => {
    const { takenAt, fail } = keeper(60 * minutes)
    takenAt(0)
    fail(new Error('down'))
    expect(takenAt(50 * minutes)).toBe('t1')
    expect(takenAt(59 * minutes)).toBe('t1')
    expect(takenAt(60 * minutes)).toBe('down')
    fail(null)
    expect(takenAt(61 * minutes)).toMatch(/^t\d+$/)
  })

  it('that a broker refuses is not used any more, and is not requested all the time', () => {
    const { takenAt, refusedAt } = keeper(60 * minutes)
    expect(takenAt(0)).toBe('t1')
    refusedAt(1_000, 't1')
    expect([takenAt(1_000), takenAt(9_999), takenAt(10_000)]).toEqual(['t1', 't1', 't2'])
    refusedAt(30 * minutes, 't1')
    expect(takenAt(30 * minutes)).toBe('t2')
    refusedAt(30 * minutes, 't2')
    expect(takenAt(30 * minutes)).toBe('t3')
  })

  it('is requested once, however many connections wait for it', () => {
    let done: Got = () => {}
    let asked = 0
    const tokens = new Tokens((_, got) => {
      asked += 1
      done = got
    }, rules)
    const got: string[] = []
    for (let index = 0; index < 3; index += 1) {
      tokens.take(runtimeOf(), (_, token) => got.push(token!.value))
    }
    done(null, { value: 'one' })
    expect([asked, got]).toEqual([1, ['one', 'one', 'one']])
  })
})

describe('a function that returns tokens', () => {
  const from = (source: unknown) =>
    new Promise<OAuthToken>((resolve, reject) => {
      fromFunction(source as never)(runtimeOf(), (error, token) =>
        token === null ? reject(error) : resolve(token),
      )
    })

  it('may return a string, a token, or a promise of either', async () => {
    expect(await from(() => 'abc')).toEqual({ value: 'abc' })
    expect(await from(async () => ({ value: 'abc', expiresAt: 5 }))).toEqual({
      value: 'abc',
      expiresAt: 5,
    })
  })

  it('has its token copied, or refused if it cannot be read', async () => {
    const fail = () => {
      throw new Error('hunter2')
    }
    const unreadable = new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : fail()) })
    await expect(from(async () => unreadable)).rejects.toMatchObject({
      code: 'CREDENTIALS_UNAVAILABLE',
      message: expect.not.stringContaining('hunter2'),
    })
    const extensions = { tenant: 'a' }
    const token = await from(() => ({ value: 'abc', extensions }))
    extensions.tenant = 'b'
    expect(token.extensions).toEqual({ tenant: 'a' })
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'a number'],
    [{}, 'an object whose value is undefined'],
    [{ value: 5 }, 'an object whose value is a number'],
    [{ value: 'x', expiresAt: 'soon' }, 'a token whose expiresAt is a string'],
    [{ value: 'x', expiresAt: Number.NaN }, 'a token whose expiresAt is NaN'],
    [{ value: 'x', expiresAt: new Date(5) }, 'a token whose expiresAt is an object (Date)'],
    [{ value: 'x', issuedAt: null }, 'a token whose issuedAt is null'],
    [{ value: 'x', extensions: null }, 'a token whose extensions are null'],
    [{ value: 'x', extensions: 'tenant=a' }, 'a token whose extensions are a string'],
  ])('may not return %j, and the error says what is wrong with it', async (given, what) => {
    await expect(from(() => given)).rejects.toMatchObject({
      code: 'CREDENTIALS_UNAVAILABLE',
      message: expect.stringContaining(`returned ${what}; it must return a token`),
    })
  })

  it('that fails may be called again', async () => {
    const failing = from(() => Promise.reject(new Error('down')))
    await expect(failing).rejects.toMatchObject({ retriable: true, cause: new Error('down') })
  })
})

describe('a token request', () => {
  /** A token request that is answered when the spec says so, and its result. */
  function asking(canBeGivenUp: boolean) {
    const log: string[] = []
    const answers: Got[] = []
    const tokens = new Tokens((_, done) => {
      log.push('asked')
      answers.push(done)
      return canBeGivenUp ? () => void log.push('given up') : undefined
    }, rules)
    const clock = new VirtualClock()
    const runtime = runtimeOf(undefined, clock)
    const take = (name: string) =>
      tokens.take(runtime, (_, token) => log.push(`${name} has ${token?.value}`))
    const answer = (value: string, of = answers.length - 1) => answers[of]!(null, { value })
    const fail = (of: number) => answers[of]!(new Error('down'), null)
    return { log, clock, take, answer, fail }
  }

  it('is cancelled when the last waiting connection is gone, and made again for the next', () => {
    const { log, take, answer } = asking(true)
    const leaveA = take('a')
    const leaveB = take('b')
    leaveA()
    leaveA()
    expect(log).toEqual(['asked'])
    leaveB()
    expect(log).toEqual(['asked', 'given up'])
    const leaveC = take('c')
    answer('t')
    leaveC()
    expect(log.slice(2)).toEqual(['asked', 'c has t'])
  })

  it('to the user’s function continues, and its answer is for the connections that wait then', () => {
    const { log, take, answer } = asking(false)
    take('a')()
    take('b')
    answer('t')
    expect(log).toEqual(['asked', 'b has t'])
  })

  it('that the user’s function does not answer is repeated for a login ten seconds later', () => {
    const { log, clock, take, answer, fail } = asking(false)
    take('a')()
    clock.runUntil(9_999)
    take('b')()
    clock.runUntil(10_000)
    take('c')
    expect(log).toEqual(['asked', 'asked'])
    fail(0)
    answer('t')
    answer('late', 0)
    expect(log.slice(2)).toEqual(['c has t'])
  })

  it('that was repeated takes the first answer of either', () => {
    const { log, clock, take, answer } = asking(false)
    take('a')()
    clock.runUntil(15_000)
    take('b')
    answer('slow', 0)
    take('c')
    answer('own', 2)
    expect(log).toEqual(['asked', 'asked', 'b has slow', 'asked', 'c has own'])
  })
})
