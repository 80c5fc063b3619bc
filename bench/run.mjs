// npm run bench [-- parts stages …]: the tables, one after the other. See README.md.

import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

const tables = [
  'parts',
  'stages',
  'pipeline',
  'transactions',
  'end-to-end',
  'tls',
  'latency',
  'racks',
  'telemetry',
]
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !tables.includes(name))
if (unknown.length > 0) {
  console.error(`${unknown.join()}: there is ${tables.join(', ')}`)
  process.exit(2)
}

const processors = cpus()
console.log(`Node ${process.version}, ${processors.length} × ${processors[0]?.model ?? 'unknown'}`)
for (const name of asked.length > 0 ? asked : tables) {
  const program = fileURLToPath(new URL(`${name}.mjs`, import.meta.url))
  const { status } = spawnSync(process.execPath, [program], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
