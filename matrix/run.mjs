// The packed package in the tools of its users: one table. Each row is its own project in a temporary folder, with
// pinned versions; each cell is a command that has to succeed. It needs the npm registry, and takes minutes, so CI
// runs only the quick rows.
//
//   npm run matrix [-- NAME …]     rows whose names begin so; all without
//   npm run matrix -- --quick      the rows that CI runs
//   TARBALL=file npm run matrix    of a package that is packed already

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tools } from './tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'to-kafka-matrix-'))
const isQuick = process.argv.includes('--quick')
const wanted = process.argv.slice(2).filter((name) => name !== '--quick')
const cellMs = 180_000

process.on('exit', () => rmSync(work, { recursive: true, force: true }))
const tarball = process.env.TARBALL ?? packed()

const rows = []
for (const tool of tools) {
  if (isQuick && tool.quick !== true) continue
  if (wanted.length > 0 && !wanted.some((name) => tool.name.startsWith(name))) continue
  for (const [cell, outcome] of Object.entries(tried(tool))) {
    rows.push([tool.name, cell, outcome === null ? 'ok' : 'FAILED'])
    console.log(rows.at(-1).join(' | '))
    if (outcome !== null) console.log(outcome.replace(/^/gm, '    '))
  }
}
console.log(
  `\n| with | how | outcome |\n|---|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`,
)
const failed = rows.filter(([, , outcome]) => outcome !== 'ok').length
console.log(`\n${rows.length - failed} of ${rows.length} cells ok`)
process.exitCode = failed === 0 ? 0 : 1

function packed() {
  const to = ['--pack-destination', work]
  execFileSync('npm', ['pack', '--silent', ...to], { cwd: root, stdio: 'pipe' })
  return join(
    work,
    readdirSync(work).find((name) => name.endsWith('.tgz')),
  )
}

/** The result of each cell of a tool: null, or the end of its output. */
function tried({ name, packages, files, type = 'module', cells }) {
  const folder = join(work, name.replace(/\W/g, '-'))
  const dependencies = {
    'to-kafka': `file:${tarball}`,
    rxjs: '7.8.2',
    'lz4-wasm-nodejs': '0.9.2',
    ...packages,
  }
  write(folder, 'package.json', JSON.stringify({ name: 'app', private: true, type, dependencies }))
  for (const [path, text] of Object.entries(files)) write(folder, path, text)
  const installed = ran(
    'npm install --no-audit --no-fund --prefer-offline --loglevel=error',
    folder,
  )
  const outcomes = Object.entries(cells).map(([cell, command]) => [
    cell,
    installed ?? ran(command.replaceAll('{bin}', './node_modules/.bin'), folder),
  ])
  rmSync(folder, { recursive: true, force: true })
  return Object.fromEntries(outcomes)
}

function write(folder, path, text) {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** Null if a command succeeds; otherwise the end of its output. */
function ran(command, cwd) {
  const { status, stdout, stderr } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: 'utf8',
    timeout: cellMs,
  })
  return status === 0
    ? null
    : `${command}\n${stdout}${stderr}`.trim().split('\n').slice(-25).join('\n')
}
