// Where Apache Kafka's own jars are on this machine. Maven resolves pom.xml once, and the class
// path is kept under build/kafka/, keyed by the pom's content, so later runs need no network. Tools
// and clients are always of the pom's release; brokers of another release use broker-pom.xml.
// Without Java 17 or Maven there are no jars, and specs that need them are skipped with a notice;
// with REQUIRE_KAFKA=1 that is an error instead. Everything in this folder starts here.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mavenOptions } from './kafka-release.ts'

const run = promisify(execFile)
const javaMin = 17
const resolveLimitMs = 300_000

/** The folder with what this ring builds and caches; not committed. */
export const kafkaBuildFolder = fileURLToPath(new URL('../../build/kafka/', import.meta.url))

const pom = fileURLToPath(new URL('pom.xml', import.meta.url))
const brokerPom = fileURLToPath(new URL('broker-pom.xml', import.meta.url))

type Found = { readonly jars: string[] } | { readonly missing: string }

let found: Promise<Found> | undefined

/**
 * Every jar of the class path, or null if they are not available. Then throws with REQUIRE_KAFKA=1.
 */
export async function kafkaClasspath(): Promise<string[] | null> {
  const result = await lookOnce()
  if ('jars' in result) return result.jars
  if (kafkaRequired()) throw new Error(`REQUIRE_KAFKA=1, but ${result.missing}`)
  return null
}

/** The class path of a broker of another release. Only if {@link kafkaClasspath} has found jars. */
export async function brokerClasspath(version: string): Promise<string> {
  return (await resolved(brokerPom, mavenOptions(version))).join(':')
}

/**
 * The class path of another Maven project, by the path of its pom. Like {@link brokerClasspath}.
 */
export async function projectClasspath(project: string): Promise<string> {
  return (await resolved(project, [])).join(':')
}

/** The path of one jar by its artifact's name, `kafka-clients`; null as in {@link kafkaClasspath}. */
export async function kafkaJar(artifact: string): Promise<string | null> {
  const jars = await kafkaClasspath()
  if (jars === null) return null
  const jar = jars.find((path) => jarOf(artifact).test(basename(path)))
  if (jar === undefined) throw new Error(`no jar of ${artifact} on Kafka's class path`)
  return jar
}

/** Why there are no jars, as a sentence to print with what is skipped; null if there are jars. */
export async function kafkaMissing(): Promise<string | null> {
  const result = await lookOnce()
  return 'missing' in result ? result.missing : null
}

/** Whether a missing Kafka is a failure, as it is in CI. */
export function kafkaRequired(): boolean {
  return process.env['REQUIRE_KAFKA'] === '1'
}

function jarOf(artifact: string): RegExp {
  return new RegExp(`^${artifact.replace(/[.]/g, '\\.')}-\\d[^/]*\\.jar$`)
}

function lookOnce(): Promise<Found> {
  found ??= look().catch((error: unknown) => ({ missing: sentence(error) }))
  return found
}

async function look(): Promise<Found> {
  const java = await javaVersion()
  if (java === null) return { missing: 'java is not installed' }
  if (java < javaMin) return { missing: `java is ${java}, and Kafka needs ${javaMin}` }
  const missing = 'mvn is not installed'
  return (await answers('mvn', ['--version'])) ? { jars: await resolved(pom, []) } : { missing }
}

async function resolved(project: string, options: readonly string[]): Promise<string[]> {
  const key = createHash('sha256')
    .update(await readFile(project))
    .update(options.join())
    .digest('hex')
  const file = join(kafkaBuildFolder, `classpath-${key.slice(0, 16)}.txt`)
  const kept = await readClasspath(file)
  if (kept !== null) return kept
  // Several spec files check at once: Maven fills its repository for one of them, and the others
  // wait.
  return exclusively(`${file}.lock`, async () => {
    return (await readClasspath(file)) ?? (await resolveWithMaven(file, project, options))
  })
}

async function resolveWithMaven(
  file: string,
  project: string,
  options: readonly string[],
): Promise<string[]> {
  const output = `${file}.${process.pid}`
  const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${output}`]
  const args = ['-q', '-B', '-f', project, ...goal, ...options]
  await run('mvn', args, { timeout: resolveLimitMs })
  await rename(output, file)
  const jars = await readClasspath(file)
  if (jars === null) throw new Error('Maven resolved a class path whose files are not there')
  return jars
}

async function readClasspath(file: string): Promise<string[] | null> {
  if (!existsSync(file)) return null
  const jars = (await readFile(file, 'utf8')).trim().split(':')
  return jars.every((jar) => existsSync(jar)) ? jars : null
}

/** Runs `work` while no other process does, with a lock file that names its owner. */
export async function exclusively<T>(lock: string, work: () => Promise<T>): Promise<T> {
  await mkdir(kafkaBuildFolder, { recursive: true })
  while (!(await take(lock))) {
    if (await ownerIsGone(lock)) await rm(lock, { force: true })
    await pause(100)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function take(lock: string): Promise<boolean> {
  // The file is written first and then linked into place, so a lock never exists without its
  // owner's id.
  const mine = `${lock}.${process.pid}`
  await writeFile(mine, String(process.pid))
  const taken = await link(mine, lock).then(
    () => true,
    () => false,
  )
  await rm(mine, { force: true })
  return taken
}

async function ownerIsGone(lock: string): Promise<boolean> {
  const owner = Number(await readFile(lock, 'utf8').catch(() => '0'))
  if (owner === 0) return false
  try {
    process.kill(owner, 0)
    return false
  } catch {
    return true
  }
}

async function javaVersion(): Promise<number | null> {
  const printed = await run('java', ['-version']).catch(() => null)
  const version = printed?.stderr.match(/version "(?:1\.)?(\d+)/)?.[1]
  return version === undefined ? null : Number(version)
}

async function answers(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  )
}

function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return `Kafka's jars could not be resolved: ${text.slice(0, 2000)}`
}
