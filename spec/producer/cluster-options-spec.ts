import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { clusterOptions } from '../../lib/producer/cluster-options.ts'

const options = (more = {}) =>
  clusterOptions(resolveConfig({ 'bootstrap.servers': 'a:1,b:2', ...more }), 'me')

describe('clusterOptions', () => {
  it('are the settings under the names that the cluster uses', () => {
    expect(
      options({
        'max.in.flight.requests.per.connection': 3,
        'request.timeout.ms': 4000,
        'connections.max.idle.ms': 5000,
        'reconnect.backoff.ms': 6,
        'reconnect.backoff.max.ms': 7,
        'socket.connection.setup.timeout.ms': 8,
        'socket.connection.setup.timeout.max.ms': 9,
        'metadata.max.age.ms': 10,
        'metadata.max.idle.ms': 11_000,
        'retry.backoff.ms': 12,
        'retry.backoff.max.ms': 13,
        'metadata.recovery.rebootstrap.trigger.ms': 14,
      }),
    ).toMatchObject({
      clientId: 'me',
      bootstrap: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      maxInFlight: 3,
      requestTimeoutMs: 4000,
      maxIdleMs: 5000,
      backoff: { initialMs: 6, maxMs: 7 },
      setupTimeout: { initialMs: 8, maxMs: 9 },
      metadata: { maxAgeMs: 10, maxIdleMs: 11_000, backoff: { initialMs: 12, maxMs: 13 } },
      rebootstrapAfterMs: 14,
    })
  })

  it('never rebootstrap if that is disabled', () => {
    expect(options({ 'metadata.recovery.strategy': 'none' }).rebootstrapAfterMs).toBeNull()
  })

  it('name this software, in characters that brokers accept', () => {
    const { softwareName, softwareVersion } = options()
    for (const word of [softwareName, softwareVersion]) {
      expect(word).toMatch(/^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/)
    }
  })
})
