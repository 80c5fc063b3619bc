// The interfaces behind ProducerConfig as source text, generated from the table of settings. The specs compare the
// committed files with it; `npm run reference` writes the files.

import type { Key } from '../../lib/config/key.ts'
import { keyGroups } from '../../lib/config/keys.ts'
import { sentencesOf } from '../../lib/config/reference.ts'
import { allowed, written } from '../../lib/config/words.ts'

type Group = keyof typeof keyGroups

const about: Readonly<Record<Group, string>> = {
  delivery: 'Brokers, acknowledgements, retries, batches and transactions.',
  pipeline: 'Interceptors, serializers and the partitioner.',
  network: 'Connections, metadata and metrics.',
  tls: 'The security protocol and TLS.',
  sasl: 'SASL: how the client logs in.',
  oauthbearer: 'The SASL mechanism OAUTHBEARER.',
}

/** The name of the interface of a group: `DeliveryConfig`. */
export function interfaceName(group: Group): string {
  return `${group[0]?.toUpperCase()}${group.slice(1)}Config`
}

/** The file `lib/config/<group>-config.ts`. */
export function renderTypes(group: Group): string {
  const parameters = group === 'pipeline' ? '<K = never, V = never>' : ''
  const imports = importsOf[group] ?? ''
  const rows = Object.entries(keyGroups[group]).map(([name, key]) => property(name, key))
  return `// Generated from keys-${group}.ts by spec/config/render-types.ts; do not edit. A spec compares the two.
// To change it, change the table and run \`npm run reference\`.
${imports}
/** ${about[group]} */
export interface ${interfaceName(group)}${parameters} {
${rows.join('\n')}
}
`
}

const pipelineImports = `
import type { Interceptor } from '../model.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Serializer } from '../serialization/serializer.ts'
import type { PartitionerClass, SerializerClass } from './plugins.ts'
`

const saslImports = `
import type { Source } from '../security/secret.ts'
import type { Mechanism } from '../security/security.ts'
import type { TokenSource } from '../security/tokens.ts'
`

const tlsImports = `
import type { TlsFactory } from '../security/tls-factory.ts'
`

const networkImports = `
import type { MetricsReporter } from '../metrics/reporters.ts'
`

const importsOf: Partial<Record<Group, string>> = {
  pipeline: pipelineImports,
  network: networkImports,
  sasl: saslImports,
  tls: tlsImports,
}

function property(name: string, key: Key): string {
  const lines = [
    ...wrapped(sentencesOf(key)),
    '',
    ...wrapped(`Accepts ${allowed(key)}.`),
    '',
    ...(key.filled ? [] : [`@defaultValue \`${written(key.default)}\``]),
    `@see ${key.source ?? 'producer configs of Apache Kafka'}`,
  ]
  const comment = lines.map((line) => `   *${line === '' ? '' : ` ${line}`}`).join('\n')
  const quoted = /^\w+$/.test(name) ? name : `'${name}'`
  const types = [...typesOf(name, key), ...(key.filled ? [] : ['undefined'])]
  const declaredName = `  readonly ${quoted}${key.filled ? '' : '?'}:`
  const line = `${declaredName} ${types.join(' | ')}`
  const declared =
    line.length <= 100
      ? line
      : `${declaredName}\n${types.map((type) => `    | ${type}`).join('\n')}`
  return `  /**\n${comment}\n   */\n${declared}`
}

function typesOf(name: string, key: Key): readonly string[] {
  const nothing = key.default === null && !key.filled ? ['null'] : []
  switch (key.type) {
    case 'boolean':
      return ['boolean', "'true'", "'false'"]
    case 'short':
    case 'int':
    case 'long':
    case 'double':
      return ['number', 'string', ...nothing]
    case 'enum':
      return wordTypes(key)
    case 'list':
      return ['string', 'readonly string[]', ...nothing]
    case 'string':
    case 'password':
      return ['string', ...nothing]
    case 'secret':
      return ['Source<string>', ...nothing]
    case 'mechanism':
      return [
        "'PLAIN'",
        "'SCRAM-SHA-256'",
        "'SCRAM-SHA-512'",
        "'OAUTHBEARER'",
        "'GSSAPI'",
        'Mechanism',
        '(string & {})',
      ]
    case 'tokens':
      return ['TokenSource', '(string & {})', ...nothing]
    case 'tlsFactory':
      return ['TlsFactory', ...nothing]
    case 'serializer':
      return [`Serializer<${name.startsWith('key') ? 'K' : 'V'}>`, 'SerializerClass', ...nothing]
    case 'partitioner':
      return [
        'Partitioner<never>',
        '{ readonly partition: Partitioner<never> }',
        'PartitionerClass',
        "''",
        ...nothing,
      ]
    case 'reporters':
      return ['string', 'readonly MetricsReporter[]']
    case 'interceptors':
      return ['readonly Interceptor[]']
  }
}

function wordTypes(key: Key): readonly string[] {
  const words = key.words ?? []
  const cases = key.anyCase ? (word: string) => [word.toUpperCase(), word.toLowerCase()] : () => []
  const types = words.flatMap((word) => [`'${word}'`, ...cases(word).map((other) => `'${other}'`)])
  const numbers = words.filter((word) => /^-?\d+$/.test(word))
  return [...new Set([...types, ...numbers])]
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > 103) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
