// The reference page of all settings, made of the table that the code runs on. Pure; a script writes
// the page, and a spec holds the written one against this.

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

/** All settings as Markdown: a table for each group. */
export function configReference(): string {
  const groups = Object.entries(keyGroups).map(([group, rows]) => {
    const title = titles[group as keyof typeof titles]
    return `## ${title}\n\n${tableOf(rows)}\n`
  })
  return groups.join('\n')
}

function tableOf(rows: Readonly<Record<string, Key>>): string {
  const lines = Object.entries(rows).map(([name, key]) => {
    const cells = [`\`${name}\``, allowed(key), defaultOf(key), sentencesOf(key), key.source ?? '']
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  const head = ['| key | takes | default | what it does | source |', '|---|---|---|---|---|']
  return [...head, ...lines].join('\n')
}

function defaultOf(key: Key): string {
  return key.filled ? 'required' : `\`${written(key.default)}\``
}

/** What a key does, what of it is refused, and why its default is not Java's. */
export function sentencesOf(key: Key): string {
  const sentences = [key.doc]
  if (key.refused !== undefined) {
    const built = (key.built ?? [key.default]).map((value) => `\`${written(value)}\``).join(', ')
    sentences.push(`Any value but ${built} is refused: ${key.refused}.`)
  }
  if (key.differs !== undefined && key.differs !== key.refused) {
    sentences.push(`Not the default of Java: ${key.differs}.`)
  }
  return sentences.join(' ')
}
