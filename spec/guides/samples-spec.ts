import { inspect } from 'node:util'
import { MockCluster } from 'to-kafka/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writeSamples } from './samples.mjs'

// Each sample of the guides runs as a reader would run it, but for the broker's address; and prints what its
// page says. Their types are checked by `npm run check`.

const address = 'localhost:9092'
const topics = {
  orders: { partitions: 3 },
  totals: { partitions: 3 },
  words: { partitions: 1 },
  lines: { partitions: 1 },
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

describe('the guides', () => {
  it('have samples', () => {
    expect(programs.length).toBeGreaterThan(20)
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

      if (output !== null) expect(printed.join('')).toBe(output)
      expect(cluster.violations).toEqual([])
    },
  )
})
