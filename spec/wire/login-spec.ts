import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import { SaslAuthenticate } from '../../lib/protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../../lib/protocol/messages/sasl-handshake.ts'
import { plain } from '../../lib/security/plain.ts'
import type { Exchange, Mechanism, StepResult } from '../../lib/security/security.ts'
import { Login } from '../../lib/wire/login.ts'
import { address, runtimeOf } from '../support/sasl-dialogue.ts'

const empty = new Uint8Array(0)
const accepted = { errorCode: 0, mechanisms: ['PLAIN'] }
const let_in = { errorCode: 0, errorMessage: '', authBytes: empty, sessionLifetimeMs: 0n }

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : `${value}`
}

/** A login, what it asks, and how it ends. The broker's answers are given one by one. */
function begun(mechanism: Mechanism, knows = true) {
  const log: string[] = []
  const errors: KafkaError[] = []
  let answered: ((body: never) => void) | null = null
  const login = new Login(mechanism, { address, node: 3 }, runtimeOf(), {
    ask: (api, body, next) => {
      log.push(`${api.name} ${JSON.stringify(Object.values(body as object).map(textOf))}`)
      answered = next as never
    },
    knows: () => knows,
    done: (ms) => log.push(`done ${ms}`),
    failed: (error) => {
      log.push(`failed ${error.code}`)
      errors.push(error)
    },
    turn: (work) => {
      log.push('turn')
      work()
    },
  })
  login.begin()
  const answer = (body: unknown) => {
    const next = answered!
    answered = null
    next(body as never)
  }
  return { log, errors, login, answer }
}

const me = plain({ username: 'me', password: 'x' })

/** A mechanism of one step. */
function stepping(step: Exchange['step']): Mechanism {
  return { name: 'OWN', begin: () => ({ step }) }
}

describe('a login', () => {
  it("names the mechanism, exchanges its tokens, and reports the session's lifetime", () => {
    const { log, answer } = begun(me)
    answer(accepted)
    answer({ ...let_in, sessionLifetimeMs: 60_000n })
    expect(log).toEqual([
      `${SaslHandshake.name} ["PLAIN"]`,
      `${SaslAuthenticate.name} ["\\u0000me\\u0000x"]`,
      'done 60000',
    ])
  })

  it.each([
    [{ errorCode: 33, mechanisms: ['A', 'B'] }, 'UNSUPPORTED_MECHANISM', 'enabled: A, B'],
    [{ errorCode: 33, mechanisms: [] }, 'UNSUPPORTED_MECHANISM', 'enabled: none'],
    [{ errorCode: 34, mechanisms: [] }, 'SASL_NOT_EXPECTED', 'expects no login'],
    [{ errorCode: -1, mechanisms: [] }, 'SASL_AUTHENTICATION_FAILED', 'UNKNOWN_SERVER_ERROR'],
  ])('whose handshake is refused with %j fails', (refusal, code, sentence) => {
    const { errors, answer } = begun(me)
    answer(refusal)
    expect(errors).toMatchObject([{ code, retriable: false }])
    expect(errors[0]!.message).toMatch(/^broker 3, broker\.example:9092 /)
    expect(errors[0]!.message).toContain(sentence)
  })

  it("that a broker refuses has the broker's message, shortened", () => {
    const { errors, answer } = begun(me)
    answer(accepted)
    answer({ ...let_in, errorCode: 58, errorMessage: `no${'!'.repeat(5_000)}` })
    expect(errors).toMatchObject([{ code: 'SASL_AUTHENTICATION_FAILED' }])
    expect(errors[0]!.message).toContain('refused the login by PLAIN: no!')
    expect(errors[0]!.message.length).toBeLessThan(500)
  })

  it('that a broker refuses has an error without the password', () => {
    const { errors, answer } = begun(plain({ username: 'me', password: 'hunter2' }))
    answer(accepted)
    answer({ ...let_in, errorCode: 58, errorMessage: 'me has no password hunter2' })
    expect(errors[0]!.message).toMatch(/refused the login by PLAIN: SASL_AUTHENTICATION_FAILED$/)
  })

  it.each([
    [(text: string) => text.replace('hunter2', '…'), 'not …'],
    [() => raise(), 'SASL_AUTHENTICATION_FAILED'],
    [() => 42 as never, 'SASL_AUTHENTICATION_FAILED'],
    [() => rejected() as never, 'SASL_AUTHENTICATION_FAILED'],
  ])("is shown as the user's own mechanism describes it", (shown, words) => {
    const step: Exchange['step'] = (_, resume) => resume({ kind: 'send', token: empty })
    const { errors, answer } = begun({ name: 'OWN', begin: () => ({ step, shown }) })
    answer({ errorCode: 0, mechanisms: ['OWN'] })
    answer({ ...let_in, errorCode: 58, errorMessage: 'not hunter2' })
    expect(errors[0]!.message).toMatch(new RegExp(`refused the login by OWN: ${words}$`))
  })

  it('needs a broker that supports SaslAuthenticate', () => {
    expect(begun(me, false).log).toEqual(['failed SASL_NOT_EXPECTED'])
  })

  it('ends if a broker always requests more', () => {
    const { log, answer } = begun(stepping((_, resume) => resume({ kind: 'send', token: empty })))
    answer(accepted)
    for (let round = 0; round < 32; round += 1) answer(let_in)
    expect(log.at(-1)).toBe('failed SASL_PROTOCOL_BROKEN')
    expect(log.filter((line) => line.startsWith('SaslAuthenticate'))).toHaveLength(32)
  })

  it('refuses a token that is larger than that of any mechanism', () => {
    const { log, answer } = begun(me)
    answer(accepted)
    answer({ ...let_in, authBytes: new Uint8Array(1_048_577) })
    expect(log.at(-1)).toBe('failed SASL_PROTOCOL_BROKEN')
  })

  it('continues when the mechanism answers later, in its own turn', () => {
    let later: () => void = () => {}
    const mechanism = stepping((_, resume) => {
      later = () => resume({ kind: 'send', token: empty })
    })
    const { log, answer } = begun(mechanism)
    answer(accepted)
    expect(log).toHaveLength(1)
    later()
    later() // only the first call counts
    expect(log.slice(1)).toEqual(['turn', 'SaslAuthenticate [""]'])
  })

  it('ignores its mechanism once it is cancelled', () => {
    let later: () => void = () => {}
    const mechanism = stepping((_, resume) => {
      later = () => resume({ kind: 'failed', cause: new Error('too late') })
    })
    const { log, answer, login } = begun(mechanism)
    answer(accepted)
    login.cancel()
    later()
    expect(log).toEqual(['SaslHandshake ["OWN"]', 'turn'])
  })

  it.each([
    ['throws', stepping(() => raise())],
    ['fails', stepping((_, resume) => resume({ kind: 'failed', cause: new Error('oh') }))],
    ['returns nonsense', stepping((_, resume) => resume({ kind: 'sned' } as never))],
    ['returns nothing', stepping((_, resume) => resume(undefined as never))],
    ['returns no bytes', stepping((_, resume) => resume({ kind: 'send', token: 'x' } as never))],
    ['is done before it has sent anything', stepping((_, resume) => resume({ kind: 'done' }))],
    ['returns a promise', stepping((_, resume) => resume(rejected() as never))],
    ['returns an unreadable result', stepping((_, resume) => resume(unreadable))],
    ['returns detached bytes', stepping((_, resume) => resume(gone()))],
    ['throws when it begins', { name: 'OWN', begin: () => raise() }],
    ['begins with nothing', { name: 'OWN', begin: () => undefined as never }],
    ['begins later', { name: 'OWN', begin: () => rejected() as never }],
  ])('with a mechanism that %s fails, and may be tried again', (_, mechanism) => {
    const { errors, answer } = begun(mechanism)
    answer(accepted)
    expect(errors).toMatchObject([{ code: 'CREDENTIALS_UNAVAILABLE', retriable: true }])
    expect(errors[0]!.message).toBe('the mechanism OWN failed')
  })
})

describe('a mechanism whose step is asynchronous', () => {
  it('fails the login if its promise rejects, in its own turn', async () => {
    const { log, errors, answer } = begun(stepping(() => rejected() as never))
    answer(accepted)
    await settled()
    expect(log.slice(1)).toEqual(['turn', 'failed CREDENTIALS_UNAVAILABLE'])
    expect(errors).toMatchObject([{ retriable: true, cause: new Error('oh') }])
  })

  it('has logged in if it returned its result before, whatever happens to its promise', async () => {
    const { log, answer } = begun(
      stepping((_, resume) => {
        resume({ kind: 'send', token: empty })
        return rejected() as never
      }),
    )
    answer(accepted)
    await settled()
    expect(log.slice(1)).toEqual(['SaslAuthenticate [""]'])
  })
})

describe('a later result of a mechanism', () => {
  it.each([
    ['that cannot be read', () => unreadable],
    ['with bytes that are gone', () => gone()],
  ])('%s fails its login alone', (_, result) => {
    let later: () => void = () => {}
    const { log, answer } = begun(
      stepping((_token, resume) => {
        later = () => resume(result())
      }),
    )
    answer(accepted)
    later()
    expect(log.slice(1)).toEqual(['turn', 'failed CREDENTIALS_UNAVAILABLE'])
  })
})

it('uses a synchronous result of a mechanism after the step has returned', () => {
  const log: string[] = []
  const begin = () => ({
    step(_: Uint8Array, resume: (result: StepResult) => void) {
      resume({ kind: 'send', token: empty })
      log.push('returns')
    },
  })
  const ask = (api: { readonly name: string }, _: unknown, answered: (body: never) => void) => {
    log.push(api.name)
    if (api === SaslHandshake) answered(accepted as never)
  }
  const ports = { ask: ask as never, knows: () => true, done() {}, failed() {}, turn() {} }
  new Login({ name: 'OWN', begin }, { address, node: 3 }, runtimeOf(), ports).begin()
  expect(log).toEqual(['SaslHandshake', 'returns', 'SaslAuthenticate'])
})

it('sends bytes of another realm', () => {
  const token = runInNewContext('new Uint8Array([97, 98])') as Uint8Array
  const { log, answer } = begun(stepping((_, resume) => resume({ kind: 'send', token })))
  answer(accepted)
  expect(log.at(-1)).toBe('SaslAuthenticate ["ab"]')
})

it('sends the bytes that a mechanism returned, even if it changes them later', () => {
  const token = Buffer.from('abc')
  let resume: (result: StepResult) => void = () => {}
  const { log, answer } = begun(
    stepping((_, then) => {
      resume = then
      resume({ kind: 'send', token })
      token.fill('x')
    }),
  )
  answer(accepted)
  expect(log.at(-1)).toBe('SaslAuthenticate ["abc"]')
})

function raise(): never {
  throw new Error('oh')
}

/** A promise like that of an async method that throws. */
async function rejected(): Promise<never> {
  return raise()
}

const unreadable = {
  get kind(): never {
    return raise()
  },
}

/** A result whose bytes are in another thread by now. */
function gone(): StepResult {
  const token = new Uint8Array(8)
  structuredClone(token, { transfer: [token.buffer] })
  return { kind: 'send', token }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a login that is cancelled', () => {
  it('cancels its mechanism once, whatever that throws, and not after the end', () => {
    let cancelled = 0
    const own = (step: Exchange['step']): Mechanism => ({
      name: 'OWN',
      begin: () => ({
        step,
        cancel() {
          cancelled += 1
          throw new Error('nobody listens')
        },
      }),
    })
    const waiting = begun(own(() => {}))
    waiting.answer({ errorCode: 0, mechanisms: ['OWN'] })
    waiting.login.cancel()
    waiting.login.cancel()
    expect(cancelled).toBe(1)
    const over = begun(own((_, resume) => resume({ kind: 'failed', cause: 'no' })))
    over.answer({ errorCode: 0, mechanisms: ['OWN'] })
    over.login.cancel()
    expect(cancelled).toBe(1)
  })
})
