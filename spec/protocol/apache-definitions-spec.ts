// Our declarations compared with Apache's own, which the spec reads from the kafka-clients jar.

import { describe, expect, it } from 'vitest'
import { apis } from '../../lib/protocol/apis.ts'
import type { Api } from '../../lib/protocol/message.ts'
import { nullable, string } from '../../lib/protocol/types.ts'
import { kafkaJar } from '../kafka/kafka-jars.ts'
import {
  firstFlexible,
  halves,
  ourFields,
  parseDefinition,
  readDefinitions,
  stableVersions,
  theirFields,
} from '../support/apache-definitions.ts'

const jar = await kafkaJar('kafka-clients')
const definitions = jar === null ? new Map<string, never>() : readDefinitions(jar)
const skipped = jar === null ? ' (SKIPPED: the kafka-clients jar needs Java and Maven)' : ''

describe('the comparison', () => {
  const theirs = (field: object) =>
    theirFields(
      parseDefinition(`// a comment
        { "name": "XRequest", "validVersions": "0-3", "fields": [${JSON.stringify(field)}] }`),
      [0, 3],
    )
  const field = { name: 'Name', type: 'string', versions: '1+', nullableVersions: '1+' }
  const ours = ourFields({ name: nullable(string).since(1) }, [0, 3])

  it('accepts an equal declaration', () => {
    expect(ours).toEqual(theirs(field))
  })

  it.each([
    ['name', { name: 'Other' }],
    ['type', { type: 'bytes' }],
    ['versions', { versions: '0+' }],
    ['last version', { versions: '1-2' }],
    ['nullable versions', { nullableVersions: '2+' }],
    ['tag', { tag: 0, taggedVersions: '1+' }],
    ['tagged versions', { tag: 0, taggedVersions: '2+' }],
    ['default', { default: 'null' }],
    ['ignorable', { ignorable: true }],
    ['fields', { type: '[]X', fields: [field] }],
  ])('notices a different %s', (_, change) => {
    expect(ours).not.toEqual(theirs({ ...field, ...change }))
  })
})

describe.each(named(apis))(`%s in Apache's definitions${skipped}`, (name, api) => {
  it.skipIf(jar === null)('has this key, these versions and this first flexible version', () => {
    const request = definitions.get(`${name}Request`)!
    const [first, last] = stableVersions(request)
    expect(api.key).toBe(request.apiKey)
    expect(api.versions).toEqual([first, last])
    expect(api.flexible).toBe(firstFlexible(request))
  })

  it.skipIf(jar === null).each(halves(api))('%s has these fields', (half, fields) => {
    const versions = stableVersions(definitions.get(`${name}Request`)!)
    const theirs = theirFields(definitions.get(half)!, versions)
    expect(theirs.length).toBeGreaterThan(0)
    expect(ourFields(fields, versions)).toEqual(theirs)
  })
})

function named(list: readonly Api[]): [name: string, api: Api][] {
  return list.map((api) => [api.name, api])
}
