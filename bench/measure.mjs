// How long work takes, as tables. Each line is measured in its own process, so that none benefits from what V8 has
// learnt from another; and in turns, round after round, so that other work of the machine affects all of them. The
// best round counts, because noise only adds.

import { fork } from 'node:child_process'
import { once as happens } from 'node:events'

const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
/** Set in the process of one line: the number of the line. */
const own = process.env.BENCH_LINE

/**
 * Processor time of all threads and elapsed time, in nanoseconds for each record, of each line `{ name, records, open
 * }`. `open()` prepares a run without being measured, and returns `run`, which is measured, and `close`, which cleans
 * up; or only `run`. What `run` returns is kept as `facts`. The calling program is started again for each line, and
 * gets no further than this call.
 */
export async function measure(lines) {
  if (own !== undefined) {
    // Compiles. No garbage collection is forced: V8 would start with a small heap again, and cost a third more.
    await once(lines[Number(own)])
    process.send(await once(lines[Number(own)]), () => process.exit())
    return new Promise(() => {})
  }
  const results = lines.map(({ name }) => ({ name, cpu: Infinity, elapsed: Infinity }))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, result] of results.entries()) keep(result, await apart(index))
  }
  return results
}

async function apart(index) {
  const env = { ...process.env, BENCH_LINE: String(index) }
  const child = fork(process.argv[1], { env })
  const failed = happens(child, 'exit').then(([code]) => {
    throw new Error(`a line ended with ${code}`)
  })
  failed.catch(() => {})
  const [result] = await Promise.race([happens(child, 'message'), failed])
  return result
}

async function once({ records, open }) {
  const opened = await open()
  const { run, close } = typeof opened === 'function' ? { run: opened } : opened
  const begun = process.cpuUsage()
  const begunAt = performance.now()
  const facts = await run()
  const elapsed = ((performance.now() - begunAt) * 1e6) / records
  const { user, system } = process.cpuUsage(begun)
  await close?.()
  return { cpu: ((user + system) * 1000) / records, elapsed, facts }
}

function keep(best, { cpu, elapsed, facts }) {
  if (cpu < best.cpu) Object.assign(best, { cpu, facts })
  best.elapsed = Math.min(best.elapsed, elapsed)
}

/** The median. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]
    : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The percentile `p`. */
export function quantile(numbers, p) {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.floor(p * (sorted.length - 1))]
}

export const ratio = (number) => number.toFixed(2)
export const whole = (number) => number.toFixed(0)
/** Nanoseconds for each record, as thousand records a second. */
export const thousands = (nanoseconds) => (1e6 / nanoseconds).toFixed(0)

/** Prints a table for RESULTS.md, followed by what it does not measure. */
export function print({ title, columns, rows, not }) {
  const row = (cells) => `| ${cells.join(' | ')} |`
  console.log(`\n## ${title}\n`)
  console.log(row(columns))
  console.log(`|---|${'---:|'.repeat(columns.length - 1)}`)
  for (const cells of rows) console.log(row(cells))
  console.log(`\nNot measured: ${not}`)
}
