/** A block of TypeScript of a guide, as a program. */
export interface Sample {
  /** The page's name, and the place of the sample on it. */
  readonly name: string
  readonly code: string
  /** What the page says that it prints; null where it says nothing. */
  readonly output: string | null
}

export function samples(): readonly Sample[]
export function writeSamples(
  folder: string,
  change?: (code: string) => string,
): readonly (Sample & { readonly path: string })[]
