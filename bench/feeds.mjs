// The three ways in which the benchmarks give a producer its records.

import { count, lastValueFrom } from 'rxjs'
import { paced, toKafka } from '../build/lib/index.js'

function* made(records, record) {
  for (let index = 0; index < records; index += 1) yield record(index)
}

/** As fast as the producer takes them; resolves when all are acknowledged. */
export async function throughOperator(producer, records, record) {
  const results$ = paced(made(records, record), producer).pipe(toKafka(producer), count())
  const acknowledged = await lastValueFrom(results$)
  if (acknowledged !== records) throw new Error(`${acknowledged} of ${records} were acknowledged`)
}

/** One `send()` for each record; `outstanding` of them are awaited at a time. */
export async function throughSends(producer, records, record, outstanding = 1000) {
  let next = 0
  const sender = async () => {
    while (next < records) {
      next += 1
      await producer.send(record(next - 1))
    }
  }
  await Promise.all(Array.from({ length: outstanding }, sender))
}

/**
 * `perSecond` records a second; measures from the time when each was due to its send call and to its acknowledgement.
 */
export function atRate(producer, records, record, perSecond) {
  const called = new Float64Array(records)
  const acknowledged = new Float64Array(records)
  const begun = performance.now()
  let next = 0
  let done = 0
  return new Promise((resolve, reject) => {
    const send = (index) => {
      const dueAt = begun + (index * 1000) / perSecond
      called[index] = performance.now() - dueAt
      producer.send(record(index)).then(() => {
        acknowledged[index] = performance.now() - dueAt
        done += 1
        if (done === records) resolve({ called, acknowledged })
      }, reject)
    }
    const tick = () => {
      const due = Math.floor(((performance.now() - begun) * perSecond) / 1000) + 1
      for (; next < Math.min(due, records); next += 1) send(next)
      if (next < records) setTimeout(tick, 1)
    }
    tick()
  })
}
