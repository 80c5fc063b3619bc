import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mutants } from './mutants.ts'
import { aloneMutants } from './mutants-alone.ts'
import { borderMutants } from './mutants-border.ts'
import { busyMutants, outageMutants } from './mutants-busy.ts'
import { consumingMutants } from './mutants-consuming.ts'
import { doubtMutants, overtakingMutants } from './mutants-doubt.ts'
import { homeMutants } from './mutants-home.ts'
import { hoursMutants } from './mutants-hours.ts'
import { securedMutants, tlsMutants } from './mutants-secured.ts'
import { startsMutants } from './mutants-starts.ts'
import { surfaceMutants } from './mutants-surface.ts'
import { transactionMutants } from './mutants-transactions.ts'

// The mutants take minutes. Whether the source still has the lines that they edit shows immediately.

const all = [
  ...mutants,
  ...surfaceMutants,
  ...homeMutants,
  ...hoursMutants,
  ...transactionMutants,
  ...borderMutants,
  ...busyMutants,
  ...outageMutants,
  ...consumingMutants,
  ...securedMutants,
  ...tlsMutants,
  ...doubtMutants,
  ...overtakingMutants,
  ...startsMutants,
  ...aloneMutants,
]

describe('the places that mutants edit', () => {
  it('are in the source, each once', () => {
    const edits = all.flatMap(({ also = [], ...mutant }) => [mutant, ...also])
    const lost = edits.filter(({ file, find }) => {
      const source = readFileSync(new URL(`../../lib/${file}`, import.meta.url), 'utf8')
      return source.split(find).length !== 2
    })
    expect(lost.map(({ file, find }) => `${file}: ${find}`)).toEqual([])
  })
})
