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

  it('treats an unknown code as UNKNOWN_SERVER_ERROR, as Java does', () => {
    expect(errorCode(9999)).toBe(errorCodes.UNKNOWN_SERVER_ERROR)
    expect(errorCode(-2)).toBe(errorCodes.UNKNOWN_SERVER_ERROR)
  })

  it('makes every error of stale metadata retriable', () => {
    expect(all.filter(({ stale, retriable }) => stale && !retriable)).toEqual([])
  })

  it('says what each code means, without a full stop', () => {
    for (const { sentence } of all) expect(sentence).toMatch(/^\S.*[^.\s]$/)
  })
})
