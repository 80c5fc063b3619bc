// PARITY.md as text: each key of Java's producer, what Java says of it, what it does here, and the spec that
// shows it. Out of what Apache's ProducerConfig says of itself (golden/JavaProducerConfig.java) and the table
// that the code runs on. `npm run reference` writes it anew.

import { readFileSync } from 'node:fs'
import type { Key } from '../../lib/config/key.ts'
import { type KeyName, keys } from '../../lib/config/keys.ts'
import { sentencesOf } from '../../lib/config/reference.ts'
import { proofOf } from './proofs.ts'

interface JavaKey {
  readonly name: KeyName
  readonly type: string
  readonly default: string | null
  readonly validator: string | null
}

export function javaKeys(): readonly JavaKey[] {
  const golden = new URL('./golden/java-producer-config.json', import.meta.url)
  return JSON.parse(readFileSync(golden, 'utf8'))
}

export function renderParity(): string {
  const rows = javaKeys().map((java) => {
    const key: Key = keys[java.name]
    const proof = proofOf(java.name)
    const name = /([^/]+)-spec\.ts$/.exec(proof)![1]!
    const cells = [
      `\`${java.name}\``,
      `${java.type.toLowerCase()}, ${defaultOf(java.default)}`,
      `${stateOf(key)}. ${sentencesOf(key)}`,
      `[${name}](spec/${proof})`,
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  const refused = javaKeys().filter(({ name }) => stateOf(keys[name]) === 'refused').length
  return `${opening(rows.length, refused)}\n${rows.join('\n')}\n`
}

/** `refused`: nothing but the value that changes nothing is accepted. */
function stateOf(key: Key): 'works' | 'works in part' | 'refused' {
  if (key.refused === undefined) return 'works'
  return key.built === undefined ? 'refused' : 'works in part'
}

/** A long default of Java's, such as the name of a class, by its last part. */
function defaultOf(text: string | null): string {
  if (text === null) return 'no default'
  if (text === '') return 'empty'
  return `\`${text.length > 40 ? `…${text.slice(-38)}` : text}\``
}

const opening = (all: number, refused: number) => `# Parity with Java

Made by \`npm run reference\`; not to be edited.

Every key of the producer of Apache Kafka 4.4.0, as its own \`ProducerConfig\` lists them (${all}), what it does here, and the
spec that shows it. A key that is refused (${refused}) takes the value that changes nothing, and any other is a \`ConfigError\` which says
why: no setting is ignored silently. Beside the specs of this table, 800 drawn configurations were given to Java's
\`ProducerConfig\` and to this package, and accepted, refused and resolved values compared
([java-configs](spec/config/java-configs-spec.ts)).

## Methods

| Java's \`Producer\` | here |
|---|---|
| \`send(record)\`, \`send(record, callback)\` | \`send(record)\`, a promise; \`toKafka\` for a stream |
| \`flush()\` | \`flush()\` |
| \`partitionsFor(topic)\` | \`partitionsFor(topic)\` |
| \`metrics()\` | \`metrics()\`, with the same names |
| \`clientInstanceId(timeout)\` | \`clientInstanceId({ timeout })\` |
| \`close()\`, \`close(timeout)\` | \`close()\`, \`close({ timeout })\` |
| \`initTransactions()\` | \`initTransactions()\`; needless, the first transaction does it |
| \`beginTransaction()\`, \`commitTransaction()\`, \`abortTransaction()\` | \`transaction((tx) => …)\`, \`inTransaction(producer)\`: one transaction is one call or one subscription, so none stays open by mistake |
| \`sendOffsetsToTransaction(offsets, group)\` | \`tx.sendOffsets(offsets, group)\`, \`exactlyOnce\` |
| \`registerMetricForSubscription(metric)\`, \`unregister…\` | not here: brokers get this producer's metrics, and an application's own are its own to report |

## Keys

| key | Java: type, default | here | shown by |
|---|---|---|---|`
