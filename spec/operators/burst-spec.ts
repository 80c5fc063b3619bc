import { describe, expect, it } from 'vitest'
import { Burst } from '../../lib/operators/burst.ts'
import { Cuts } from '../../lib/producer/cut.ts'
import { Inflow } from '../../lib/producer/inflow.ts'
import { realRuntime } from '../../lib/wire/transport.ts'

/** A burst over an engine whose time and bytes the spec controls. */
function setUp() {
  let time = 1000
  let looks = 0
  const now = () => {
    looks += 1
    return time
  }
  const clock = { ...realRuntime.clock, now }
  const inflow = new Inflow(new Cuts())
  const engine = { queuedBytes: 5_000_000, runtime: { ...realRuntime, clock }, inflow }
  const burst = new Burst(engine)
  burst.begin()
  return {
    burst,
    engine,
    looks: () => looks,
    passMs: (ms: number) => {
      time += ms
    },
    /** How many items it takes until the event loop is due; calls `each` for each item. */
    items(each: () => void = () => {}): number {
      let count = 0
      while (burst.takeAnother()) {
        count += 1
        each()
      }
      return count
    },
  }
}

describe('a burst', () => {
  it('takes 1024 items, and no more until it begins again', () => {
    const { burst, items } = setUp()
    expect(items()).toBe(1024)
    expect(burst.takeAnother()).toBe(false)
    burst.begin()
    expect(items()).toBe(1024)
  })

  it('takes items until batches hold 512 KiB more than when it began', () => {
    const { burst, engine, items } = setUp()
    const large = () => {
      engine.queuedBytes += 64 * 1024
    }
    expect(items(large)).toBe(8)
    burst.begin()
    expect(items(large)).toBe(8)
  })

  it('takes items for two milliseconds, reading the clock at every sixteenth item', () => {
    const { burst, items, looks, passMs } = setUp()
    expect(items(() => passMs(0.05))).toBe(47)
    expect(looks()).toBe(1 + 3)
    burst.begin()
    expect(items(() => passMs(0.001))).toBe(1024)
  })

  it('pauses for one turn of the event loop; meanwhile the producer knows that more items follow', async () => {
    const { burst, engine } = setUp()
    expect(engine.inflow.burst).toBeNull()
    await new Promise<void>((resolve) => {
      burst.pause(resolve)
      expect(engine.inflow.burst).not.toBeNull()
    })
    expect(engine.inflow.burst).toBeNull()
  })

  it('reads the clock more often after slow items, until items are fast again', () => {
    const { burst, items, passMs } = setUp()
    const counts = [3, 3, 3, 3, 0.001, 3].map((ms) => {
      burst.begin()
      return items(() => passMs(ms))
    })
    expect(counts).toEqual([15, 3, 1, 1, 1024, 15])
  })
})
