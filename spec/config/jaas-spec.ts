import { describe, expect, it } from 'vitest'
import { parseJaas } from '../../lib/config/jaas.ts'

/** The options after a module, as an object; or the message of the error. */
function read(rest: string): unknown {
  try {
    const { module, options } = parseJaas(`a.B${rest}`)
    expect(module).toBe('a.B')
    return Object.fromEntries(options)
  } catch (error) {
    return (error as Error).message
  }
}

describe('a JAAS line', () => {
  it.each([
    [' required username="x" password="y";', { username: 'x', password: 'y' }],
    [' required username=x password=a123;', { username: 'x', password: 'a123' }],
    [' required password=\'a "b"\';', { password: 'a "b"' }],
    [' required url="https://x";', { url: 'https://x' }],
    [' required u="";', { u: '' }],
    [' required u=a u=b;', { u: 'b' }],
    [' required u = a ;', { u: 'a' }],
    [' required "u v"="a";', { 'u v': 'a' }],
    [' REQUIRED;', {}],
    [' Sufficient\n  u="a"\n;\n', { u: 'a' }],
    [' required u="\\u0041\\101\\n\\"\\\\";', { u: 'u0041A\n"\\' }],
    [' required u="a=b;c";', { u: 'a=b;c' }],
    [' required u=ä$_-.x;', { u: 'ä$_-.x' }],
    [' required / a comment ; to the end\n u="a";', { u: 'a' }],
  ])('is read as Java reads it: %j', (rest, options) => {
    expect(read(rest)).toEqual(options)
  })

  it.each([
    [' required password=123;', /no value for the option password/],
    [' required password=-x;', /no value for the option password/],
    [' required url=https://x;', /not the name of an option/],
    [' required u=a/b;', /does not end with a semicolon/],
    [' required u=a', /does not end with a semicolon/],
    [' u=a;', /has none of required, requisite, sufficient, optional/],
    [' sometimes u=a;', /has none of required/],
    ['', /has none of required/],
    [' required u=a,v=b;', /not the name of an option/],
    [' required u="a\nb";', /quotes that do not end/],
    [' required u=a; c.D required;', /more than one login module/],
  ])('that Java refuses is refused: %j', (rest, sentence) => {
    expect(read(rest)).toMatch(sentence)
  })

  it('that is empty names no login module', () => {
    expect(() => parseJaas('')).toThrow('names no login module')
    expect(() => parseJaas(' / only a comment')).toThrow('names no login module')
    expect(() => parseJaas('5 required;')).toThrow('does not begin with the name')
  })

  it('is never quoted in an error, because most of it is secret', () => {
    for (const rest of [' required password=hunter2', ' hunter2;', ' required x="hunter2']) {
      expect(read(rest)).not.toContain('hunter2')
    }
  })
})
