import { describe } from 'vitest'
import { borderRegime } from './border-world.ts'
import { eachIsKilled } from './kills.ts'
import { borderMutants } from './mutants-border.ts'

describe('user code that misbehaves kills the mutant', () => {
  eachIsKilled('border', borderMutants, borderRegime)
})
