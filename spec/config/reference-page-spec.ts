import { describe, expect, it } from 'vitest'
import { renderPage } from './render-page.ts'

describe('CONFIGURATION.md', () => {
  it('says what the table of settings says', async () => {
    await expect(renderPage()).toMatchFileSnapshot('../../CONFIGURATION.md')
  })
})
