// Runs the findings, one after the other: `npm run findings [-- NAME …]` runs those whose names begin like this, or all.
// Each states its versions and what it saw, and fails if that is no longer true. They install packages, so CI does
// not run them.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const wanted = process.argv.slice(2)
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.sh'))
  .filter((name) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)))
  .sort()

if (names.length === 0) {
  console.error(`findings: there is none that begins with ${wanted.join(' or ')}`)
  process.exit(1)
}
const failed = names.filter((name) => {
  console.log(`--- ${name.slice(0, -'.sh'.length)}`)
  const { status } = spawnSync('bash', [name], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) console.log(`    ${name}: it is no longer so, or could not be seen`)
  return status !== 0
})
console.log(`\n${names.length - failed.length} of ${names.length} findings are as they were`)
process.exitCode = failed.length === 0 ? 0 : 1
