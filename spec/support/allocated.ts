// How many bytes of buffers a piece of code asks for, counted where the package asks: so a bound on
// memory can be held exactly, without a look at the garbage collector.

import { vi } from 'vitest'

/** Runs `work`; the bytes that it asked of Node for buffers, whether or not it ends in a throw. */
export function allocatedBy(work: () => unknown): number {
  let bytes = 0
  const spies = (['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const).map((name) => {
    const original = Buffer[name] as (size: number) => Buffer
    return vi.spyOn(Buffer, name).mockImplementation(((size: number) => {
      bytes += size
      return original(size)
    }) as never)
  })
  try {
    work()
  } catch {
    // Whether it throws is not the question here.
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return bytes
}
