import { expect, it } from 'vitest'
import { LoopBudget } from '../../lib/collections/loop-budget.ts'
import { Heard } from '../../lib/wire/heard.ts'

/** A socket whose bytes wait from the first one on, until `goOn`. */
function socket() {
  const log: string[] = []
  const soon: (() => void)[] = []
  const context = { runInAsyncScope: (work: unknown) => (work as () => void)() } as never
  const budget = new LoopBudget(0, {
    now: () => 0,
    soon: (work) => soon.push(work),
    context: () => context,
  })
  budget.run(() => {})
  const heard = new Heard(budget, {
    resolved: (host) => log.push(`resolved ${host}`),
    securing: () => log.push('securing'),
    connected: () => log.push('connected'),
    data: (chunk) => log.push(`data ${chunk.byteLength}`),
    closed: (cause, mayMend) => log.push(`closed ${cause?.message} ${mayMend}`),
  })
  heard.flow = { pause: () => log.push('pause'), resume: () => log.push('resume') }
  const goOn = () => {
    for (let work = soon.shift(); work !== undefined; work = soon.shift()) work()
  }
  return { heard, log, goOn }
}

it('bytes of a socket wait in order, and its end comes last', () => {
  const { heard, log, goOn } = socket()
  heard.resolved('broker')
  heard.securing()
  heard.connected()
  heard.data(new Uint8Array(1))
  heard.data(new Uint8Array(2))
  heard.closed(new Error('reset'), true)
  expect(log).toEqual([])
  goOn()
  const established = ['resolved broker', 'securing', 'connected']
  expect(log).toEqual([...established, 'data 1', 'data 2', 'closed reset true'])
})

it('bytes that the system has taken are reported in their turn, too', () => {
  const { heard, log, goOn } = socket()
  const write = (_: unknown, flushed?: () => void) => flushed?.()
  const socketOf = heard.droppedBy({ write, destroy() {} })
  heard.data(new Uint8Array(1))
  socketOf.write([], () => log.push('flushed'))
  expect(log).toEqual([])
  goOn()
  expect(log).toEqual(['data 1', 'flushed'])
})

it('a socket with a mebibyte of waiting bytes is not read until there is less', () => {
  const { heard, log, goOn } = socket()
  const half = new Uint8Array(524_288)
  for (let count = 0; count < 3; count += 1) heard.data(half)
  expect(log).toEqual(['pause'])
  goOn()
  expect(log).toEqual(['pause', 'data 524288', 'resume', 'data 524288', 'data 524288'])
})

it('a destroyed socket emits only its end', () => {
  const { heard, log, goOn } = socket()
  heard.connected()
  heard.data(new Uint8Array(1))
  heard.droppedBy({ write() {}, destroy: () => log.push('destroyed') }).destroy()
  heard.closed(null)
  goOn()
  expect(log).toEqual(['destroyed', 'closed undefined undefined'])
})
