// CONFIGURATION.md as text, generated from the table of settings. A spec compares the committed page with it;
// `npm run reference` writes the page.

import { configReference } from '../../lib/config/reference.ts'

/** The whole page. */
export function renderPage(): string {
  return `${opening}\n${configReference()}`
}

const opening = `# Configuration

<!-- Generated from lib/config/keys-*.ts by \`npm run reference\`; do not edit. -->

The keys are Kafka's own, with the defaults of the Java producer of Kafka 4. Pass them to \`toKafka(config)\`, to the
other operators, or to \`new KafkaProducer(config)\`:

\`\`\`ts
toKafka({ 'bootstrap.servers': 'localhost:9092', 'linger.ms': 20, 'compression.type': 'snappy' })
\`\`\`

- A number or boolean may also be given as a string, as in a \`.properties\` file. \`fromProperties(text)\` reads such a
  file.
- If a key is unknown, out of range, or contradicts another, the call throws a \`ConfigError\`. It names the key, the
  value and what is allowed. For a misspelt key, it suggests the correct one. Keys of consumers and brokers are unknown,
  too.
- If this package does not support a setting of Java's, only its default is accepted. No setting is ignored silently.
- If keys depend on each other (\`acks\`, \`retries\` and idempotence; the timeouts), the rules are Java's.
`
