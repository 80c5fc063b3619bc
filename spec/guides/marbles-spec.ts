import { describe, expect, it } from 'vitest'
import { diagrams } from './diagrams.ts'
import { drawn } from './draw.ts'

const shown = diagrams()

describe('the marble diagrams of the guides', () => {
  it.each(Object.entries(shown))('show what happens in a real run: %s', async (name, diagram) => {
    await expect(drawn(diagram)).toMatchFileSnapshot(`../../guides/marbles/${name}.svg`)
  })
})
