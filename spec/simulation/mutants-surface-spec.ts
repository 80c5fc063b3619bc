import { describe } from 'vitest'
import { storms } from './campaign.ts'
import { eachIsKilled } from './kills.ts'
import { surfaceMutants } from './mutants-surface.ts'

describe('the simulation kills the mutant', () => {
  eachIsKilled('surface', surfaceMutants, storms)
})
