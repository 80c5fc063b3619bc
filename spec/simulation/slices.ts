import type { Edit } from './mutants.ts'

/** The places with the limits of a turn, and the small limits used here. */
export const tiny: readonly Edit[] = [
  ['producer/engine.ts', 'enteringPerTurn = 4_096', 1],
  ['producer/refusals.ts', 'refusalsPerTurn = 2_048', 1],
  ['stages/holding.ts', 'expiriesPerTurn = 2_048', 1],
  ['stages/accumulate.ts', 'servedPerTurn = 4_096', 1],
  ['stages/send.ts', 'receiptsPerTurn = 4_096', 2],
  ['stages/send.ts', 'batchesPerTurn = 512', 1],
  ['sender/composer.ts', 'batchesMax = 512', 2],
].map(([file, find, few]) => {
  const [name] = String(find).split(' = ')
  return { file: String(file), find: String(find), replace: `${name} = ${few}` }
})
