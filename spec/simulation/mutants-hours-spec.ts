import { describe } from 'vitest'
import { hoursRegime } from './hours-world.ts'
import { eachIsKilled } from './kills.ts'
import { hoursMutants } from './mutants-hours.ts'

describe('the simulation of hours kills the mutant', () => {
  eachIsKilled('hours', hoursMutants, hoursRegime)
})
