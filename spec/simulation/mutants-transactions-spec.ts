import { describe } from 'vitest'
import { eachIsKilled } from './kills.ts'
import { transactionMutants } from './mutants-transactions.ts'
import { transactionsRegime } from './transactions-world.ts'

describe('the simulation of transactions kills the mutant', () => {
  eachIsKilled('transactions', transactionMutants, transactionsRegime)
})
