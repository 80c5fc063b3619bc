import { describe } from 'vitest'
import { storms } from './campaign.ts'
import { eachIsKilled } from './kills.ts'
import { mutants } from './mutants.ts'

describe('the simulation kills the mutant', () => {
  eachIsKilled('order', mutants, storms)
})
