import { describe, expect, it } from 'vitest'
import { type KeyName, keyGroups } from '../../lib/config/keys.ts'
import type { ProducerConfig } from '../../lib/config/producer-config.ts'
import { renderTypes } from './render-types.ts'

describe('ProducerConfig', () => {
  it.each(Object.keys(keyGroups) as (keyof typeof keyGroups)[])(
    'says of each key of group %s what the table says',
    async (group) => {
      await expect(renderTypes(group)).toMatchFileSnapshot(`../../lib/config/${group}-config.ts`)
    },
  )

  it('has the keys of the table and no others', () => {
    // The compiler checks this spec: a key on only one side makes the assignment fail.
    const sameKeys: Same<keyof ProducerConfig, KeyName> = true
    expect(sameKeys).toBe(true)
  })
})

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
