import { afterEach, describe, expect, it, vi } from 'vitest'

// Each example runs unchanged, against the sources; its own assertions count too.

afterEach(() => vi.restoreAllMocks())

/** The output of the example. */
async function printedBy(example: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = []
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((text: string) => void lines.push(text))
  }
  await example()
  return lines
}

describe('the example', () => {
  it('shared-producer sends with await, in a callback and as a stream', async () => {
    const lines = await printedBy(() => import('../../examples/shared-producer.ts'))
    expect(lines.filter((line) => line.startsWith('awaited'))).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('reacting'))).toHaveLength(3)
    expect(lines).toContain('streamed: 1000 records')
    expect(lines.at(-1)).toMatch(/^1005 records in \d+ requests$/)
  })

  it('settled sends undelivered records to the dead letters', async () => {
    const lines = await printedBy(() => import('../../examples/settled.ts'))
    expect(lines).toContain('refused: loop, SERIALIZER_FAILED, persisted: no')
    expect(lines).toContain('refused: camera, RECORD_TOO_LARGE, persisted: no')
    expect(lines.at(-1)).toBe('3 readings, 2 dead letters')
  })

  it('testing-with-mock-cluster finds each record once and in order, despite faults', async () => {
    const lines = await printedBy(() => import('../../examples/testing-with-mock-cluster.ts'))
    expect(lines).toEqual([
      'a lost connection and a new leader: each record once, in order',
      'a refusal: the stream fails, and says what is in no log',
    ])
  })

  it('exactly-once commits records and offsets together, and nothing of an aborted transaction', async () => {
    const lines = await printedBy(() => import('../../examples/exactly-once.ts'))
    expect(lines).toContain("8 '' → nothing")
    expect(lines.at(-2)).toBe('aborted: changed my mind')
    expect(lines.at(-1)).toBe('9 lengths; the group is at 13')
  })
})
