// The reference page of all settings, generated from the table that the code uses. Pure. A script writes the page, and a
// spec compares the committed page with this.

import type { Key } from './key.ts'
import { keyGroups } from './keys.ts'
import { allowed, written } from './words.ts'

const titles: Readonly<Record<keyof typeof keyGroups, string>> = {
  delivery: 'Delivery',
  pipeline: 'Interceptors, serializers, partitioner',
  network: 'Connections, metadata, metrics',
  tls: 'TLS',
  sasl: 'SASL',
  oauthbearer: 'SASL OAUTHBEARER',
}

/** All settings as Markdown: an entry for each supported one, in groups, then a list of the others. */
export function configReference(): string {
  const groups = Object.entries(keyGroups).map(([group, rows]) => {
    const title = titles[group as keyof typeof titles]
    return [`## ${title}`, ...supported(rows, true).map(entryOf)].join('\n\n')
  })
  const others = Object.values(keyGroups).flatMap((rows) => supported(rows, false).map(refusedRow))
  return `${groups.join('\n\n')}\n\n${refusedHead}\n${others.join('\n')}\n`
}

/** The keys of which values other than the default are accepted, or the others. */
function supported(rows: Readonly<Record<string, Key>>, is: boolean): readonly [string, Key][] {
  return Object.entries(rows).filter(([, key]) => isSupported(key) === is)
}

function isSupported({ refused, built }: Key): boolean {
  return refused === undefined || built !== undefined
}

function entryOf([name, key]: readonly [string, Key]): string {
  const words = allowed(key)
  const facts = [
    `Accepts ${words}.`,
    key.filled ? 'Required.' : `Default: \`${written(key.default)}\`.`,
    ...(key.source === undefined ? [] : [`Source: ${key.source}.`]),
  ]
  return `### ${name}\n\n${sentencesOf(key)}\n\n${facts.join(' ')}`
}

const refusedHead = `## Settings that are refused

Java has these settings, and this package does not. Only the default is accepted; any other value is a
\`ConfigError\` with this reason.

| key | default | what it does in Java | why it is refused |
|---|---|---|---|`

function refusedRow([name, key]: readonly [string, Key]): string {
  const cells = [`\`${name}\``, `\`${written(key.default)}\``, key.doc, key.refused ?? '']
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** What a key does, which of its values are refused, and why its default differs from Java's. */
export function sentencesOf(key: Key): string {
  const sentences = [key.doc]
  if (key.refused !== undefined) {
    const built = (key.built ?? [key.default]).map((value) => `\`${written(value)}\``).join(', ')
    sentences.push(`Any value except ${built} is refused: ${key.refused}.`)
  }
  if (key.differs !== undefined && key.differs !== key.refused) {
    sentences.push(`The default differs from Java's: ${key.differs}.`)
  }
  return sentences.join(' ')
}
