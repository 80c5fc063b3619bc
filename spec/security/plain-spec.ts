import { describe, expect, it } from 'vitest'
import { plain } from '../../lib/security/plain.ts'
import { begin, said } from '../support/sasl-dialogue.ts'

describe('PLAIN', () => {
  it('sends name and password in one token, as UTF-8, and is done after the answer', async () => {
    const exchange = begin(plain({ username: 'jörg', password: 'geheim,=' }))
    expect(await said(exchange)).toBe('\0jörg\0geheim,=')
    expect(await said(exchange)).toBe('(done)')
  })

  it('calls functions again for each authentication, which may return promises', async () => {
    let count = 0
    const mechanism = plain({
      username: () => `user${++count}`,
      password: async () => `secret${count}`,
    })
    expect(await said(begin(mechanism))).toBe('\0user1\0secret1')
    expect(await said(begin(mechanism))).toBe('\0user2\0secret2')
  })

  it('does not request a password if there is no name', async () => {
    const password = () => expect.unreachable('asked')
    const mechanism = plain({ username: () => '', password })
    const failure = said(begin(mechanism))
    await expect(failure).rejects.toMatchObject({
      code: 'CREDENTIALS_UNAVAILABLE',
      retriable: false,
      message: 'sasl.username returned an empty string; it must return a non-empty string',
    })
  })

  it.each([
    ['undefined', () => undefined],
    ['an array', () => ['hunter2']],
    ['a number', async () => 42],
  ])('refuses a password that is %s, and does not show it', async (kind, give) => {
    const mechanism = plain({ username: 'me', password: give as never })
    const failure = said(begin(mechanism))
    await expect(failure).rejects.toMatchObject({
      message: `sasl.password returned ${kind}; it must return a non-empty string`,
    })
  })

  it.each([
    ['throws', () => raise(new Error('the vault is sealed'))],
    ['rejects', () => Promise.reject(new Error('the vault is sealed'))],
  ])('may be tried again if a function %s', async (_, give) => {
    const failure = said(begin(plain({ username: 'me', password: give })))
    await expect(failure).rejects.toMatchObject({
      code: 'CREDENTIALS_UNAVAILABLE',
      retriable: true,
      cause: new Error('the vault is sealed'),
    })
  })

  it('refuses a NUL, which would start another field', async () => {
    const failure = said(begin(plain({ username: 'me', password: 'a\0b' })))
    await expect(failure).rejects.toMatchObject({ code: 'CREDENTIALS_UNAVAILABLE' })
  })
})

function raise(error: Error): never {
  throw error
}
