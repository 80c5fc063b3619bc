import { inspect } from 'node:util'
import { MockCluster } from 'to-kafka/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writeSamples } from './samples.mjs'

// Each sample of README.md and the guides runs as a reader would run it, except for the broker's
// address, and prints what its page says. `npm run check` checks their types.

const address = 'localhost:9092'
const topics = {
  orders: { partitions: 3 },
  totals: { partitions: 3 },
  words: { partitions: 1 },
  lines: { partitions: 1 },
  'dead-letters': { partitions: 1 },
}
const placeholder = 'MOCK_CLUSTER'
const programs = writeSamples('run', (code) =>
  code.replaceAll(`'${address}'`, `process.env.${placeholder}!`),
)

let cluster: MockCluster
beforeEach(async () => {
  cluster = await MockCluster.start({ topics })
  vi.stubEnv(placeholder, cluster.bootstrapServers)
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await cluster.close()
})

describe('README and the guides', () => {
  it('have samples', () => {
    expect(programs.filter(({ name }) => name.startsWith('readme-')).length).toBeGreaterThan(7)
    expect(programs.length).toBeGreaterThan(40)
  })

  it.each(programs.map((program) => [program.name, program] as const))(
    'have a sample that runs: %s',
    async (_, { path, output }) => {
      const printed: string[] = []
      for (const method of ['log', 'error'] as const) {
        vi.spyOn(console, method).mockImplementation((...parts) => {
          const words = parts.map((part) => (typeof part === 'string' ? part : inspect(part)))
          printed.push(`${words.join(' ')}\n`)
        })
      }

      await import(path)

      if (output !== null) await vi.waitFor(() => expect(printed.join('')).toBe(output), 10_000)
      expect(cluster.violations).toEqual([])
    },
  )
})
