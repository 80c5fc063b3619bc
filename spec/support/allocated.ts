// The number of bytes of buffers that some code requests, counted where the package requests them.
// So a bound on memory can be checked exactly, without the garbage collector.

import { vi } from 'vitest'

/**
 * Runs `work`; returns the bytes that it requested from Node for buffers, whether it throws or not.
 */
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
    // Whether it throws does not matter here.
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return bytes
}
