import { expect, it, onTestFinished, vi } from 'vitest'

// The example is itself a test: its marbles and assertions throw if they are wrong.

it('the example marble-test runs toKafka in the virtual time of a TestScheduler', async () => {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text))
  onTestFinished(() => log.mockRestore())

  await import('../../examples/marble-test.ts')

  expect(lines).toEqual([
    'linger.ms: what comes within 5 ms shares a batch',
    'a refusal that passes: again after the backoff, in order',
    'a refusal for good: the stream fails, and lets go of its source',
  ])
})
