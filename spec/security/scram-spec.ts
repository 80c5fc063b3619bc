import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { machine } from '../../lib/security/cryptography.ts'
import { scram, scramNames } from '../../lib/security/scram.ts'
import { SaslAccess } from '../../lib/testing/sasl-access.ts'
import { serverMechanisms } from '../../lib/testing/sasl-server.ts'
import { begin, countedCryptography, runtimeOf, said, stepped } from '../support/sasl-dialogue.ts'

const login = { username: 'user', password: 'pencil' }

/** A server's first message, except what a test changes in it. */
function first(nonce: string, { salt = 'W22ZaJ0SNY7soEsUEjb6gQ==', i = '4096', more = '' } = {}) {
  return `r=${nonce},s=${salt},i=${i}${more}`
}

/** Runs the exchange with the server of the mock cluster, and returns how it ended. */
async function dialogue(hash: 'sha256' | 'sha512', users: Record<string, string>, as = login) {
  const access = new SaslAccess({ security: 'SASL_PLAINTEXT', users }, () => 0)
  const server = serverMechanisms[scramNames[hash]]!(access)
  const exchange = begin(scram(hash, as))
  let token: Uint8Array = new Uint8Array(0)
  for (let round = 0; round < 5; round += 1) {
    const result = await stepped(exchange, token)
    if (result.kind === 'failed') throw result.cause
    if (result.kind === 'done') return 'in'
    const judgement = server(result.token)
    if (judgement.kind === 'no') return judgement.message
    token = judgement.token
  }
  return 'endless'
}

describe('SCRAM', () => {
  it('exchanges the messages of RFC 7677', async () => {
    const cryptography = {
      ...countedCryptography(),
      derived: 0,
      randomBytes: () => Buffer.from('rOprNGfwEbeRWgbNEkqO', 'base64'),
    }
    const exchange = begin(scram('sha256', login), runtimeOf(cryptography))
    expect(await said(exchange)).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    expect(await said(exchange, first(nonce))).toBe(
      `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    )
    const signature = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='
    expect(await said(exchange, signature)).toBe('(done)')
  })

  it.each(['sha256', 'sha512'] as const)(
    '%s accepts a client that has the password',
    async (hash) => {
      expect(await dialogue(hash, { user: 'pencil' })).toBe('in')
      expect(await dialogue(hash, { user: 'pen' })).toMatch(
        /invalid credentials with SASL mechanism/,
      )
      expect(await dialogue(hash, { other: 'pencil' })).toMatch(/invalid credentials/)
    },
  )

  it('supports any name and password', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(text, text, async (username, password) => {
        fc.pre(!username.includes('\0'))
        expect(await dialogue('sha256', { [username]: password }, { username, password })).toBe(
          'in',
        )
      }),
      { numRuns: 20 },
    )
  })

  it('does not prepare a password, because Kafka stores the bytes as they were typed', async () => {
    const password = 'ﬁ\u00a0Ⅸ' // SASLprep would make it "fi IX"
    expect(await dialogue('sha256', { user: password }, { ...login, password })).toBe('in')
    expect(await dialogue('sha256', { user: 'fi IX' }, { ...login, password })).toMatch(/invalid/)
  })

  it('marks a delegation token as one', async () => {
    const exchange = begin(scram('sha512', { ...login, isToken: true }))
    expect(await said(exchange)).toMatch(/^n,,n=user,r=[^,]+,tokenauth=true$/)
  })

  it('uses a new nonce each time', async () => {
    const mechanism = scram('sha256', login)
    const runtime = runtimeOf()
    const nonces = await Promise.all([1, 2].map(() => said(begin(mechanism, runtime))))
    expect(new Set(nonces).size).toBe(2)
  })

  it("stops if the server's nonce does not begin with the client's", async () => {
    for (const nonceOf of [(ours: string) => ours, (ours: string) => `x${ours}`, () => 'abc']) {
      const exchange = begin(scram('sha256', login))
      const ours = (await said(exchange)).replace(/.*r=/, '')
      const failure = said(exchange, first(nonceOf(ours)))
      await expect(failure).rejects.toMatchObject({ code: 'BROKER_NOT_PROVEN', retriable: false })
    }
  })

  it.each([
    ['4095', 'ITERATIONS_OUT_OF_BOUNDS'],
    ['1', 'ITERATIONS_OUT_OF_BOUNDS'],
    ['1000001', 'ITERATIONS_OUT_OF_BOUNDS'],
    ['2147483647', 'ITERATIONS_OUT_OF_BOUNDS'],
    ['0', 'SASL_PROTOCOL_BROKEN'],
    ['-1', 'SASL_PROTOCOL_BROKEN'],
    ['4096.5', 'SASL_PROTOCOL_BROKEN'],
    ['99999999999999999999', 'SASL_PROTOCOL_BROKEN'],
  ])('limits the work that a server may request: %s iterations', async (i, code) => {
    const cryptography = countedCryptography()
    const exchange = begin(scram('sha256', login), runtimeOf(cryptography))
    const ours = (await said(exchange)).replace(/.*r=/, '')
    await expect(said(exchange, first(`${ours}x`, { i }))).rejects.toMatchObject({ code })
    expect(cryptography.derived).toBe(0)
  })

  it.each([
    ['no base64', { salt: 'a*==' }],
    ['an empty salt', { salt: '' }],
    ['what is behind a comma', { more: ',,' }],
  ])('refuses %s in the first message', async (_, change) => {
    const exchange = begin(scram('sha256', login))
    const ours = (await said(exchange)).replace(/.*r=/, '')
    const answer = said(exchange, first(`${ours}x`, change))
    await expect(answer).rejects.toMatchObject({ code: 'SASL_PROTOCOL_BROKEN' })
  })

  it('refuses a mandatory extension, and ignores others', async () => {
    const exchange = begin(scram('sha256', login))
    const ours = (await said(exchange)).replace(/.*r=/, '')
    expect(await said(exchange, first(`${ours}x`, { more: ',x=1' }))).toMatch(/^c=biws/)
    const other = begin(scram('sha256', login))
    const nonce = (await said(other)).replace(/.*r=/, '')
    const failure = said(other, `m=x,${first(`${nonce}x`)}`)
    await expect(failure).rejects.toMatchObject({ code: 'SASL_PROTOCOL_BROKEN' })
  })

  it.each([
    ['v=AAAA', 'BROKER_NOT_PROVEN'],
    ['v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'BROKER_NOT_PROVEN'],
    ['v=', 'BROKER_NOT_PROVEN'],
    ['e=unknown-user', 'SASL_AUTHENTICATION_FAILED'],
    ['', 'SASL_PROTOCOL_BROKEN'],
    ['hello', 'SASL_PROTOCOL_BROKEN'],
  ])('requires the signature of the server, and not %s', async (final, code) => {
    const exchange = begin(scram('sha256', login))
    const ours = (await said(exchange)).replace(/.*r=/, '')
    await said(exchange, first(`${ours}x`))
    await expect(said(exchange, final)).rejects.toMatchObject({ code })
  })

  it('sends nothing after its end', async () => {
    const exchange = begin(scram('sha256', login))
    await said(exchange)
    await expect(said(exchange, 'nonsense')).rejects.toThrow()
    await expect(said(exchange, 'more')).rejects.toMatchObject({ code: 'SASL_PROTOCOL_BROKEN' })
  })
})

describe('the keys of SCRAM', () => {
  it('are derived once for each password and salt, and again when the password changes', async () => {
    const cryptography = countedCryptography()
    const runtime = runtimeOf(cryptography)
    let password = 'pencil'
    const mechanism = scram('sha256', { username: 'user', password: () => password })
    const login = async (salt: string) => {
      const exchange = begin(mechanism, runtime)
      const ours = (await said(exchange)).replace(/.*r=/, '')
      return said(exchange, first(`${ours}x`, { salt }))
    }
    await login('AAAA')
    await login('AAAA')
    expect(cryptography.derived).toBe(1)
    await login('BBBB')
    expect(cryptography.derived).toBe(2)
    password = 'pen'
    await login('AAAA')
    expect(cryptography.derived).toBe(3)
  })

  it('are derived once if many connections need them at the same time', async () => {
    let derived = 0
    let finish: () => void = () => {}
    const cryptography = {
      randomBytes: machine.randomBytes,
      pbkdf2: (...[what, done]: Parameters<typeof machine.pbkdf2>) => {
        derived += 1
        finish = () => machine.pbkdf2(what, done)
      },
    }
    const runtime = runtimeOf(cryptography)
    const mechanism = scram('sha512', login)
    const exchanges = [1, 2, 3].map(() => begin(mechanism, runtime))
    const answers = exchanges.map(async (exchange) => {
      const ours = (await said(exchange)).replace(/.*r=/, '')
      return said(exchange, first(`${ours}x`))
    })
    await new Promise((resolve) => setImmediate(resolve))
    finish()
    expect((await Promise.all(answers)).every((answer) => answer.startsWith('c=biws'))).toBe(true)
    expect(derived).toBe(1)
  })

  it('fail the login if the machine cannot derive them', async () => {
    const cryptography = {
      ...countedCryptography(),
      pbkdf2: (_: unknown, done: (key: null) => void) => done(null),
    }
    const exchange = begin(scram('sha256', login), runtimeOf(cryptography))
    const ours = (await said(exchange)).replace(/.*r=/, '')
    const failure = said(exchange, first(`${ours}x`))
    await expect(failure).rejects.toMatchObject({ code: 'CREDENTIALS_UNAVAILABLE' })
  })
})
