// CONFIGURATION.md as text, made of the table of settings. A spec holds the committed page against
// it; `npm run reference` writes it anew.

import { configReference } from '../../lib/config/reference.ts'

/** The whole page. */
export function renderPage(): string {
  return `${opening}\n${configReference()}`
}

const opening = `# Configuration

Made of the table of settings (\`lib/config/keys-*.ts\`) by \`npm run reference\`; not to be edited.

The keys are Kafka's own, spelled as Kafka spells them, with the defaults of the Java producer of
Kafka 4. They go to \`toKafka(config)\`, \`toKafkaSettled(config)\` or \`new KafkaProducer(config)\`:

\`\`\`ts
toKafka({ 'bootstrap.servers': 'localhost:9092', 'linger.ms': 20, 'compression.type': 'snappy' })
\`\`\`

- Numbers and booleans may be written as strings, as in a \`.properties\` file;
  \`fromProperties(text)\` reads one.
- A key that is unknown, out of range, or contradicts another is a \`ConfigError\`, thrown by the very
  call that was given it. It names the key, the value, what is allowed and, for a near miss, the key
  that was meant. \`__proto__\`-like names and keys of consumers and brokers are unknown, too.
- A key whose feature is not built is refused unless it has the value that changes nothing. No
  setting is silently ignored.
- Where keys depend on each other (\`acks\`, \`retries\`, idempotence; the timeouts) the rules are Java's.
`
