// The longest time for which the main thread is kept without a break, and the processor time, with large numbers of
// something. If STRETCH_OTHER names the folder of another build's modules (`build/lib` of another checkout), both
// builds are compared. Each case is measured in its own process, the builds in turns; the best of BENCH_ROUNDS (3)
// counts. STRETCH_ONLY: cases whose name contains that.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { print } from './measure.mjs'
import { probed } from './probe.mjs'
import { cases } from './stretches-cases.mjs'

/** No case of either build takes longer, except those that do not end. */
const limitMs = 400_000
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
const { STRETCH_CASE: own, STRETCH_BUILD: build, STRETCH_OTHER: other, STRETCH_ONLY } = process.env
const ours = fileURLToPath(new URL('../build/lib', import.meta.url))

if (own !== undefined) {
  const library = await import(pathToFileURL(resolve(build, 'index.js')))
  const run = await cases[own](library)
  const figures = await probed(run)
  process.send(figures, () => process.exit())
} else {
  const builds = other === undefined ? [ours] : [ours, other]
  const names = Object.keys(cases).filter((name) => name.includes(STRETCH_ONLY ?? ''))
  const rows = []
  for (const name of names) {
    const row = [name, ...figuresOf(await best(name, builds))]
    console.error(row.join(' | '))
    rows.push(row)
  }
  print({
    title: 'Stretches of the main thread',
    columns: [
      'case',
      'longest ms',
      'CPU ms',
      ...(other ? ['before', 'CPU before', 'CPU ratio'] : []),
    ],
    rows,
    not: `a network. The longest time between two breaks, in processor time of the main thread with its garbage
collection; the processor time is that of all threads. Brokers are a process of their own, or in memory where
nothing is sent.`,
  })
}

/** For each build. */
async function best(name, builds) {
  const results = builds.map(() => ({ longestMs: Infinity, cpuMs: Infinity }))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, path] of builds.entries()) {
      const { longestMs, cpuMs } = await apart(name, path)
      results[index].longestMs = Math.min(results[index].longestMs, longestMs)
      results[index].cpuMs = Math.min(results[index].cpuMs, cpuMs)
    }
  }
  return results
}

async function apart(name, path) {
  const env = { ...process.env, STRETCH_CASE: name, STRETCH_BUILD: path }
  const child = fork(fileURLToPath(import.meta.url), {
    env,
    execArgv: ['--max-old-space-size=8192'],
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  clearTimeout(limit)
  if (typeof first === 'object' && first !== null) return first
  console.error(`${name}: ${path} ended with ${first}`)
  return { longestMs: Number.NaN, cpuMs: Number.NaN }
}

function figuresOf([now, before]) {
  const figures = [now.longestMs.toFixed(0), now.cpuMs.toFixed(0)]
  if (before === undefined) return figures
  const ratio = (before.cpuMs / now.cpuMs).toFixed(1)
  return [...figures, before.longestMs.toFixed(0), before.cpuMs.toFixed(0), ratio]
}
