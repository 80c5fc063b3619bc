import { SimulatedCluster } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'

// spec/simulation proves how it behaves as a cluster.

const made = (options: unknown) => () => new SimulatedCluster(options as never)

describe('SimulatedCluster', () => {
  it.each([
    [{ colour: 5 }, "'colour' is not among the options of SimulatedCluster (they are brokers, "],
    [{ latency: 5 }, "did you mean 'latencyMs'?"],
    [{ broker: 3 }, "did you mean 'brokers'?"],
    [{ topics: ['orders'] }, 'the topics of a cluster must be an object, not an array'],
    [3, 'the options of SimulatedCluster must be an object, not a number'],
  ])('refuses %o, which would have no effect', (options, sentence) => {
    expect(made(options)).toThrow(sentence)
  })

  it('refuses a fault that would never happen', () => {
    const cluster = new SimulatedCluster({ brokers: 2, latencyMs: 5, random: () => 0 })
    expect(() => cluster.on('Prodcue' as never)).toThrow("did you mean 'Produce'?")
    expect(() => cluster.on('Produce', { broker: 3 })).toThrow('no broker 3: their ids are 1 to 2')
  })
})
