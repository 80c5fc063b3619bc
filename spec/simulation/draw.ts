import fc from 'fast-check'
import { astray, beside, crowded } from './crowds.ts'
import { brownout, passing, type Scenario, serene, serenelyWritten, stormy } from './scenario.ts'

/** How the campaign draws its runs. */
export const scenarios: fc.Arbitrary<Scenario> = fc.oneof(
  { weight: 28, arbitrary: stormy },
  { weight: 8, arbitrary: passing },
  { weight: 4, arbitrary: serene },
  { weight: 2, arbitrary: serenelyWritten },
  { weight: 3, arbitrary: brownout },
  { weight: 3, arbitrary: astray },
  { weight: 1, arbitrary: beside },
  { weight: 2, arbitrary: crowded },
)
