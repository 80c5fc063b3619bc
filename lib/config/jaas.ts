// `sasl.jaas.config` as Java reads it (java.io.StreamTokenizer): one login module, its flag, and options.
//   Module flag { key = value } ;
// Unquoted words consist of letters, digits, . _ - $ and characters beyond ASCII, and do not begin with a
// digit, . or -. `/` begins a comment to the end of the line. Quotes are " or ', with backslash escapes. No
// error shows any part of a value: most of them are secrets.

import { ConfigError } from '../errors/config-error.ts'

/** The content of a JAAS configuration. */
export interface JaasEntry {
  /** The class of the login module. */
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'sign' | 'number'
  readonly text: string
}

const key = 'sasl.jaas.config'
const form = `Module required name="…" name="…";`
const flags = ['required', 'requisite', 'sufficient', 'optional']

/** Parses the text of the key; throws a ConfigError if Java does not accept it either. */
export function parseJaas(text: string): JaasEntry {
  const tokens = tokensOf(text)
  let at = 0
  const next = () => tokens[at++]
  const module = next()
  if (module === undefined) throw wrong('names no login module')
  if (!isName(module)) throw wrong('does not begin with the name of a login module')
  const flag = next()
  if (flag === undefined || !flags.includes(flag.text.toLowerCase())) {
    throw wrong(`has none of ${flags.join(', ')} behind the login module`)
  }
  const options = new Map<string, string>()
  for (let token = next(); ; token = next()) {
    if (token === undefined) throw wrong('does not end with a semicolon')
    if (token.text === ';' && token.kind === 'sign') break
    if (!isName(token)) throw wrong('has something that is not the name of an option')
    const sign = next()
    if (sign?.kind !== 'sign' || sign.text !== '=') {
      throw wrong(
        `has no value for the option ${token.text.slice(0, 80)}, or does not end with a semicolon`,
      )
    }
    const value = next()
    if (value === undefined || !isName(value)) {
      throw wrong(`has no value for the option ${token.text.slice(0, 80)}: put it into quotes`)
    }
    options.set(token.text, value.text)
  }
  if (at < tokens.length)
    throw wrong('has more than one login module, or something behind the first')
  return { module: module.text, options }
}

function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted'
}

/** The next token, at one position of the text. */
const space = /[\0-\x20]+|\/[^\r\n]*/y
const word = /[A-Za-z_$\u{a0}-\u{10ffff}][\w.$\u{a0}-\u{10ffff}-]*/uy
const number = /[-.\d][-.\d]*/y

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? null
    at += found?.length ?? 0
    return found
  }
  while (at < text.length) {
    if (match(space) !== null) continue
    const name = match(word)
    const digits = name === null ? match(number) : null
    if (name !== null) {
      tokens.push({ kind: 'word', text: name })
    } else if (digits !== null) {
      tokens.push({ kind: 'number', text: digits })
    } else if (text[at] === '"' || text[at] === "'") {
      const [value, end] = quotedAt(text, at)
      tokens.push({ kind: 'quoted', text: value })
      at = end
    } else {
      tokens.push({ kind: 'sign', text: text[at]! })
      at += 1
    }
  }
  return tokens
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** The text in quotes that begins at `from`, and its end. A line break ends it, as in Java. */
function quotedAt(text: string, from: number): readonly [value: string, end: number] {
  const quote = text[from]
  let value = ''
  let at = from + 1
  while (at < text.length && text[at] !== quote && text[at] !== '\n' && text[at] !== '\r') {
    if (text[at] !== '\\') {
      value += text[at]
      at += 1
      continue
    }
    const octal = /^(?:[0-3][0-7]{0,2}|[4-7][0-7]?)/.exec(text.slice(at + 1, at + 4))?.[0]
    if (octal !== undefined) {
      value += String.fromCharCode(Number.parseInt(octal, 8))
      at += 1 + octal.length
    } else {
      const letter = text[at + 1] ?? ''
      value += escapes[letter] ?? letter
      at += 2
    }
  }
  if (text[at] !== quote) throw wrong('has quotes that do not end on their line')
  return [value, at + 1]
}

function wrong(what: string): ConfigError {
  const message = `${key} ${what}; it is read as ${form}`
  return new ConfigError('INVALID_VALUE', message, { key, value: '[hidden]', allowed: form })
}
