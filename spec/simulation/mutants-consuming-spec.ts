import { describe } from 'vitest'
import { consumingRegime } from './consuming-world.ts'
import { eachIsKilled } from './kills.ts'
import { consumingMutants } from './mutants-consuming.ts'

describe('the simulation of consume, transform, produce kills the mutant', () => {
  eachIsKilled('consuming', consumingMutants, consumingRegime)
})
