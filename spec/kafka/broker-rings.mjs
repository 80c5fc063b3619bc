// Which specs run on the brokers of which release, with `npm run test:brokers`. The compatibility
// page lists them.

const short = ['spec/kafka/releases-spec.ts']

/** Everything, including faults, restarts and transactions. */
export const whole = [...short, 'spec/kafka/real-kafka-spec.ts', 'spec/kafka/transactions-spec.ts']

/** By release, oldest first. */
export const rings = {
  '2.1.1': whole,
  '2.4.1': short,
  '2.5.1': whole,
  '2.8.2': whole,
  '3.0.2': short,
  '3.4.1': short,
  '3.7.2': short,
  '3.9.1': whole,
  '4.0.2': whole,
  '4.1.2': short,
  '4.2.1': short,
  '4.3.1': short,
  '4.4.0': whole,
}
