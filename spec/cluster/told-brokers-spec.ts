import { describe, expect, it } from 'vitest'
import { toldBrokers } from '../../lib/cluster/told-brokers.ts'

describe('the brokers of an answer', () => {
  it('keep their hosts, except the brackets around an IPv6 address', () => {
    const told = ['b1', '::1', '[::1]', '[fe80::1%eth0]'].map((host, nodeId) => ({
      nodeId,
      host,
      port: 9092,
    }))

    expect(toldBrokers(told).map(({ host }) => host)).toEqual(['b1', '::1', '::1', 'fe80::1%eth0'])
  })

  it('have no id below 0, because those ids are the bootstrap servers', () => {
    const told = [-2, -1, 0, 1].map((nodeId) => ({ nodeId, host: 'b', port: 9092 }))

    expect(toldBrokers(told).map(({ id }) => id)).toEqual([0, 1])
  })
})
