// npm run test:brokers [-- 2.8.2 4.0.2 …]: the ring on brokers of one release after another, the
// whole ring on some and the short one on the others, and at the end a line for each. Needs Java
// 17, Maven and kcat.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rings, whole } from './broker-rings.mjs'

const asked = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'to-kafka-brokers-'))
const rows = []
for (const version of asked.length > 0 ? asked : Object.keys(rings)) {
  console.log(`\nKafka ${version}`)
  rows.push(ranOn(version, rings[version] ?? whole))
}
rmSync(folder, { recursive: true, force: true })
console.table(rows)
process.exit(rows.some(({ failed }) => failed !== 0) ? 1 : 0)

function ranOn(version, specs) {
  const report = join(folder, `${version}.json`)
  const begun = performance.now()
  const options = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  // One file at a time: a small machine has no room for two brokers at once, and one worker for
  // each project (--maxWorkers=1) still means two files.
  const args = ['vitest', 'run', '--no-file-parallelism', ...options, ...specs]
  const env = { ...process.env, REQUIRE_KAFKA: '1', KAFKA_VERSION: version }
  const { status } = spawnSync('npx', args, { stdio: 'inherit', env })
  const ring = specs === whole ? 'whole' : 'short'
  const seconds = Math.round((performance.now() - begun) / 1000)
  return { Kafka: version, ring, ...countsOf(report, status), seconds }
}

/** A run that fails outside any test has failed, whatever its report says. */
function countsOf(report, status) {
  let counts = {}
  try {
    counts = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    // no report: the run itself failed
  }
  const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests: skipped = 0 } = counts
  return { passed, failed: status === 0 ? 0 : Math.max(numFailedTests, 1), skipped }
}
