import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DeliveryError, type DeliveryErrorCode } from '../../lib/errors/delivery-error.ts'
import { errorCodes } from '../../lib/errors/error-codes.ts'
import { brokerErrorsPage } from './broker-errors.ts'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('guides/errors.md', root), 'utf8')

/** The literals of a union of codes, as its source lists them. */
function codesOf(file: string): string[] {
  const source = readFileSync(new URL(`lib/errors/${file}-error.ts`, root), 'utf8')
  const union = /export type \w+ErrorCode =\n((?: {2}\| .*\n)+)/.exec(source)![1]!
  return [...union.matchAll(/^ {2}\| '(\w+)'/gm)].map((match) => match[1]!)
}

function section(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(heading))!
}

const files = ['delivery', 'config', 'connection', 'transaction', 'authentication', 'protocol']

describe('the guide for users of the Java client', () => {
  const guide = readFileSync(new URL('guides/coming-from-java.md', root), 'utf8')
  const rows = [
    ...guide.split('## Exceptions')[1]!.matchAll(/^\| (`\w+Exception`.*) \| (.*) \|$/gm),
  ]

  it('has a code for each exception, and names only codes that exist', () => {
    const known = new Set([...files.flatMap(codesOf), ...Object.keys(errorCodes)])
    const named = rows.map(([, , here]) => here!.match(/(?<=`)[A-Z]+_?[A-Z_]*(?=`)/g) ?? [])

    expect(rows.length).toBeGreaterThan(15)
    expect(named.filter((codes) => codes.length === 0)).toEqual([])
    expect(named.flat().filter((code) => !known.has(code))).toEqual([])
  })

  it('has each transaction code that corresponds to an exception', () => {
    const text = rows.map(([row]) => row).join('\n')
    const oursAlone = ['TRANSACTION_TIMEOUT', 'TRANSACTION_TOO_LARGE']
    const missing = codesOf('transaction').filter((code) => !text.includes(`\`${code}\``))

    expect(missing.sort()).toEqual(oursAlone)
  })
})

describe('the guide on errors', () => {
  it.each([
    ['DeliveryError', 'delivery'],
    ['ConfigError', 'config'],
    ['ConnectionError', 'connection'],
    ['TransactionError', 'transaction'],
    ['AuthenticationError', 'authentication'],
    ['ProtocolError', 'protocol'],
  ])('explains every code of %s, and no others', (heading, file) => {
    const codes = codesOf(file)
    const explained = [...section(heading).matchAll(/`([A-Z]+_?[A-Z_]*[A-Z])`/g)]
      .map((match) => match[1]!)
      .filter((code) => /^[A-Z_]+$/.test(code))
    expect(codes.length).toBeGreaterThan(5)
    expect([...new Set(explained)].sort()).toEqual([...codes].sort())
  })

  it('says for each code of a DeliveryError whether it is retriable', () => {
    const rows = section('DeliveryError').matchAll(/^\| `(\w+)` \| .* \| (yes|no) \| /gm)
    const said = Object.fromEntries([...rows].map(([, code, word]) => [code, word === 'yes']))
    const so = Object.fromEntries(
      Object.keys(said).map((code) => {
        const error = new DeliveryError(code as DeliveryErrorCode, { persisted: 'no' })
        return [code, error.retriable]
      }),
    )
    expect(said).toEqual(so)
    expect(Object.keys(said).length).toBe(codesOf('delivery').length)
  })

  it("lists Kafka's codes as the package defines them", async () => {
    await expect(brokerErrorsPage()).toMatchFileSnapshot('../../guides/broker-errors.md')
  })
})
