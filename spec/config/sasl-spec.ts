import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'

const base = { 'bootstrap.servers': 'a:9092', 'security.protocol': 'SASL_PLAINTEXT' } as const
const login = { 'sasl.username': 'me', 'sasl.password': 'hunter2' } as const
const module = 'org.apache.kafka.common.security'

function mechanismOf(more: object): string | undefined {
  return resolveConfig({ ...base, ...more } as never).security.sasl?.name
}

function refused(more: object): unknown {
  try {
    resolveConfig({ ...base, ...more } as never)
  } catch (error) {
    return error
  }
  throw new Error(`${inspect(more)} was accepted`)
}

describe('the mechanism of a configuration', () => {
  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('%s takes a name and a password', (name) => {
    expect(mechanismOf({ 'sasl.mechanism': name, ...login })).toBe(name)
    const functions = { 'sasl.username': () => 'me', 'sasl.password': async () => 'secret' }
    expect(mechanismOf({ 'sasl.mechanism': name, ...functions })).toBe(name)
  })

  it.each([
    ['PLAIN', `${module}.plain.PlainLoginModule required username="me" password="x";`],
    ['SCRAM-SHA-512', `${module}.scram.ScramLoginModule required username="me" password="x";`],
    [
      'SCRAM-SHA-256',
      `${module}.scram.ScramLoginModule required username=a password=b tokenauth="true";`,
    ],
  ])('%s takes the JAAS line that Java takes', (name, jaas) => {
    expect(mechanismOf({ 'sasl.mechanism': name, 'sasl.jaas.config': jaas })).toBe(name)
  })

  it("may be the user's own object", () => {
    class Own {
      readonly name = 'AWS_MSK_IAM'
      readonly patienceMs = 300
      readonly begun: unknown[] = []
      begin(context: unknown) {
        this.begun.push(context)
        return { step() {} }
      }
    }
    const mechanism = new Own()
    const { sasl } = resolveConfig({ ...base, 'sasl.mechanism': mechanism }).security
    sasl!.begin('somewhere' as never)
    expect(sasl).toMatchObject({ name: 'AWS_MSK_IAM', patienceMs: 300 })
    expect(mechanism.begun).toEqual(['somewhere'])
  })

  it.each([Number.NaN, -1, '100'])('may not have the patience %j', (patienceMs) => {
    const mechanism = { name: 'OWN', begin: () => ({ step() {} }), patienceMs: patienceMs as never }
    expect(() => resolveConfig({ ...base, 'sasl.mechanism': mechanism })).toThrow(
      /sasl\.mechanism: .* patienceMs 0 or more/,
    )
  })

  it('is absent if the protocol needs no login, with a notice', () => {
    const { security, notices } = resolveConfig({
      'bootstrap.servers': 'a:1',
      'sasl.mechanism': 'PLAIN',
      ...login,
    })
    expect(security.sasl).toBeNull()
    expect(notices).toContain('sasl.mechanism has no effect: security.protocol is PLAINTEXT')
    expect(notices.join()).not.toContain('hunter2')
  })

  it.each([
    [{}, 'NOT_SUPPORTED', 'GSSAPI, the default of Kafka, needs Kerberos'],
    [{ 'sasl.mechanism': 'GSSAPI' }, 'NOT_SUPPORTED', 'GSSAPI needs Kerberos'],
    [{ 'sasl.mechanism': 'SCRAM-SHA-1' }, 'NOT_SUPPORTED', "did you mean 'SCRAM-SHA-"],
    [{ 'sasl.mechanism': { name: 'X' } }, 'INVALID_VALUE', 'sasl.mechanism'],
    [{ 'sasl.mechanism': { name: 'x y', begin() {} } }, 'INVALID_VALUE', 'sasl.mechanism'],
    [{ 'sasl.mechanism': 'PLAIN' }, 'MISSING', 'sasl.username is missing: PLAIN needs'],
    [{ 'sasl.mechanism': 'PLAIN', 'sasl.username': 'me' }, 'MISSING', 'sasl.password is missing'],
    [
      { 'sasl.mechanism': 'PLAIN', ...login, 'sasl.password': '' },
      'INVALID_VALUE',
      'sasl.password',
    ],
    [
      { 'sasl.mechanism': 'PLAIN', ...login, 'sasl.jaas.config': 'a.B required;' },
      'CONTRADICTION',
      'sasl.username contradicts sasl.jaas.config',
    ],
    [
      { 'sasl.mechanism': { name: 'X', begin() {} }, 'sasl.password': 'hunter2' },
      'CONTRADICTION',
      'sasl.password contradicts sasl.mechanism',
    ],
    [
      {
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
      },
      'CONTRADICTION',
      'the login module of PLAIN is org.apache.kafka.common.security.plain.PlainLoginModule',
    ],
    [
      {
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': `${module}.plain.PlainLoginModule required username=a;`,
      },
      'MISSING',
      'sasl.jaas.config has no password; PLAIN needs both',
    ],
  ])('is refused: %j', (more, code, sentence) => {
    const error = refused(more)
    expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) })
    expect(inspect(error)).not.toContain('hunter2')
  })

  it('shows no secret when settings are printed', () => {
    const settings = resolveConfig({ ...base, 'sasl.mechanism': 'SCRAM-SHA-256', ...login })
    const deep = inspect(settings, { depth: 9, showHidden: true })
    expect(`${deep} ${JSON.stringify(settings)}`).not.toContain('hunter2')
    expect(inspect(settings)).toContain("sasl: 'SCRAM-SHA-256'")
  })
})
