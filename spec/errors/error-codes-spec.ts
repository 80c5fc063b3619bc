import { describe, expect, it } from 'vitest'
import { errorCode, errorCodes } from '../../lib/errors/error-codes.ts'

const all = Object.values(errorCodes)

describe('the table of error codes', () => {
  it('gives each code one name, and finds it by either', () => {
    expect(new Set(all.map(({ code }) => code)).size).toBe(all.length)
    for (const entry of all) {
      expect(errorCode(entry.code)).toBe(entry)
      expect(errorCodes[entry.name]).toBe(entry)
    }
  })

  it('takes a code that it does not know for UNKNOWN_SERVER_ERROR, as Java does', () => {
    expect(errorCode(9999)).toBe(errorCodes.UNKNOWN_SERVER_ERROR)
    expect(errorCode(-2)).toBe(errorCodes.UNKNOWN_SERVER_ERROR)
  })

  it('lets everything that makes metadata stale be tried again', () => {
    expect(all.filter(({ stale, retriable }) => stale && !retriable)).toEqual([])
  })

  it('says of each in a sentence without an end what it means', () => {
    for (const { sentence } of all) expect(sentence).toMatch(/^\S.*[^.\s]$/)
  })
})
