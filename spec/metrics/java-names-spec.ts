import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ProducerMetrics } from '../../lib/metrics/producer-metrics.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { batch } from './facts.ts'

// Goal: a user who knows the metrics of Java's producer knows these. Method: a comparison with what
// Apache's own producer reports after ten records (golden/JavaProducerMetrics.java).
interface JavaMetric {
  readonly group: string
  readonly name: string
  readonly tags: readonly string[]
  readonly description: string
  readonly type: 'number' | 'string'
}

const golden = new URL('./golden/java-producer-metrics.json', import.meta.url)
const java: readonly JavaMetric[] = JSON.parse(readFileSync(golden, 'utf8'))

/** Metrics that only Java has, with the reason. `*` stands for any part of a name. */
const notHere: Readonly<Record<string, string>> = {
  'commit-id': 'a package is known by its version',
  'select-*': 'Node has no loop of selects that we could see',
  'io-*': 'nor can we see how long it waited or worked',
  'txn-prepare-*': 'no Kafka has two-phase commit for producers yet',
  '*-authentication-*': 'there is neither TLS nor SASL yet',
  '*reauthentication-*': 'likewise',
}

describe('the metrics of a producer', () => {
  const ours = everyMetric()

  it.each(java)("have Java's $group $name, or a reason why not", (theirs) => {
    const mine = ours.find(({ group, name }) => group === theirs.group && name === theirs.name)
    expect(mine === undefined).toBe(isNotHere(theirs.name))
    if (mine === undefined) return
    expect(Object.keys(mine.tags).sort()).toEqual(theirs.tags)
    expect(typeof mine.value).toBe(theirs.type)
  })

  it('include no others', () => {
    const key = ({ group, name }: { group: string; name: string }) => `${group} ${name}`
    const theirs = new Set(java.map(key))
    expect(ours.map(key).filter((one) => !theirs.has(one))).toEqual([])
  })

  it('have no outdated reason for a missing metric', () => {
    const stale = Object.keys(notHere).filter(
      (pattern) => !java.some(({ name }) => fits(name, pattern)),
    )
    expect(stale).toEqual([])
  })

  it('have a description, with the unit if the name does not tell it', () => {
    for (const { name, description } of ours) {
      expect(description, name).toMatch(/^[A-Z].*[^.]$/)
      if (name.includes('-ns-')) expect(description).toMatch(/^Nanoseconds/)
      if (/-rate$/.test(name) && name !== 'compression-rate') {
        expect(description, name).toMatch(/, a second$/)
      }
    }
  })
})

/** The metrics of a producer that has sent records to a topic. */
function everyMetric() {
  const metrics = new ProducerMetrics({
    clock: new FakeClock(),
    clientId: 'me',
    version: '1.2.3',
    samples: 2,
    windowMs: 30_000,
    gauges: { bufferBytes: 100, availableBytes: () => 100, waitingRecords: () => 0 },
  })
  metrics.connecting(1)
  metrics.sent(1, [batch()])
  return metrics.snapshot()
}

function isNotHere(name: string): boolean {
  return Object.keys(notHere).some((pattern) => fits(name, pattern))
}

function fits(name: string, pattern: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)
}
