import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PartitionLine } from '../../lib/sender/partition-line.ts'
import { ReadyLines } from '../../lib/sender/ready-lines.ts'
import { placeOf } from '../support/place-of.ts'

function line(partition: number): PartitionLine {
  return new PartitionLine(placeOf(partition), { idempotent: false, maxInFlight: 5 })
}

describe('ReadyLines', () => {
  it('returns lines in the order in which they were added', () => {
    const lines = new ReadyLines()
    for (const partition of [0, 1, 2]) lines.add(line(partition))
    expect([0, 1, 2].map(() => lines.shift()!.partition)).toEqual([0, 1, 2])
    expect(lines.shift()).toBeUndefined()
  })

  it('keeps the place of a line that is put back, ahead of lines added meanwhile', () => {
    const lines = new ReadyLines()
    lines.add(line(0))
    const first = lines.shift()!
    lines.add(line(1))
    lines.unshift(first)
    expect(lines.length).toBe(2)
    expect([lines.shift()!.partition, lines.shift()!.partition]).toEqual([0, 1])
  })

  it('has a line once if it moved to another list and back, however often that happens', () => {
    const [ready, elsewhere] = [new ReadyLines(), new ReadyLines()]
    const [first, second] = [line(0), line(1)]
    ready.add(first)
    elsewhere.add(first)
    for (const each of [first, second]) ready.add(each)
    const turns = Array.from({ length: 4 }, () => {
      const taken = ready.shift()!
      ready.add(taken)
      return taken.partition
    })
    expect(turns).toEqual([0, 1, 0, 1])
  })

  it('has a line once, however often it is added, and knows which lines it has', () => {
    const op = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), partition: fc.nat(3) }),
      fc.record({ kind: fc.constant('move' as const), partition: fc.nat(3) }),
      fc.record({ kind: fc.constantFrom('shift' as const, 'giveBack' as const) }),
    )
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
        const all = [0, 1, 2, 3].map(line)
        const ready = new ReadyLines()
        const elsewhere = new ReadyLines()
        const model: PartitionLine[] = []
        for (const one of ops) {
          if (one.kind === 'add') {
            ready.add(all[one.partition]!)
            if (!model.includes(all[one.partition]!)) model.push(all[one.partition]!)
          } else if (one.kind === 'move') {
            elsewhere.add(all[one.partition]!)
            if (model.includes(all[one.partition]!))
              model.splice(model.indexOf(all[one.partition]!), 1)
          } else {
            const taken = ready.shift()
            expect(taken).toBe(model[0])
            if (taken !== undefined && one.kind === 'giveBack') ready.unshift(taken)
            else model.shift()
          }
          expect(ready.length).toBe(model.length)
          expect(all.filter((each) => ready.has(each)).length).toBe(model.length)
        }
      }),
    )
  })
})
