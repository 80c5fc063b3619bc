// Runs Java programs on Kafka's class path: Kafka's own tools, and the few programs of java/ and
// golden/, which are compiled once into build/kafka/. Output is passed on line by line, so that a
// tool may print more than memory should hold. A program that fails or hangs throws with its
// output.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brokerClasspath, exclusively, kafkaBuildFolder, kafkaClasspath } from './kafka-jars.ts'

const sources = ['java/', '../records/golden/', '../partitioners/golden/', '../metrics/golden/']
const quickStart = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
const complaintCharsMax = 8_000

export interface JavaRun {
  /** Called with each line of standard output, without its end. */
  readonly onLine?: (line: string) => void
  /** Written to standard input, which is then closed. */
  readonly input?: string
  /** Milliseconds until the program is killed. Default 120,000. */
  readonly limitMs?: number
  /** Exit codes that are not failures. Default: only 0. */
  readonly accepts?: readonly number[]
  /** Default: the class path of the tools and our programs. */
  readonly classpath?: Promise<string>
}

/** Runs `mainClass` to its end; returns its standard error. */
export async function runJava(
  mainClass: string,
  args: readonly string[],
  { onLine, input, limitMs = 120_000, accepts = [0], classpath }: JavaRun = {},
): Promise<string> {
  const child = await spawnJava(mainClass, args, ['-Xmx512m'], classpath)
  return finished(child, mainClass, { onLine, input, limitMs, accepts })
}

/** Runs any program like {@link runJava}. */
export function runProgram(command: string, args: readonly string[], run: JavaRun = {}) {
  const { onLine, input, limitMs = 120_000, accepts = [0] } = run
  return finished(spawn(command, args), command, { onLine, input, limitMs, accepts })
}

/** Starts `mainClass` with piped streams; the caller ends it. */
export async function spawnJava(
  mainClass: string,
  args: readonly string[],
  options: readonly string[] = [],
  classpath = runtimeClasspath(),
): Promise<ChildProcess> {
  const env = { ...process.env, CLASSPATH: await classpath }
  return spawn('java', [...quickStart, quiet, ...options, mainClass, ...args], { env })
}

const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'

/** Kafka's jars and our compiled programs in the form of Java's CLASSPATH. */
export async function runtimeClasspath(): Promise<string> {
  const jars = await kafkaClasspath()
  if (jars === null) throw new Error('there are no jars of Kafka: ask kafkaMissing() first')
  return [await compiled(jars), ...jars].join(':')
}

/**
 * The class path of a broker: the jars of its own release, which may be older than those of the
 * tools.
 */
export function brokerRuntime(version: string | undefined): Promise<string> {
  return version === undefined ? runtimeClasspath() : brokerClasspath(version)
}

/** Splits chunks into lines at `\n` only, because a text may contain any other character. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      onLine(bytes.toString('utf8', start, end))
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
}

interface Limits {
  readonly onLine: ((line: string) => void) | undefined
  readonly input: string | undefined
  readonly limitMs: number
  readonly accepts: readonly number[]
}

function finished(child: ChildProcess, name: string, limits: Limits): Promise<string> {
  return new Promise((resolve, reject) => {
    let complaint = ''
    const late = setTimeout(() => child.kill('SIGKILL'), limits.limitMs)
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk).slice(-complaintCharsMax)
    })
    child.stdout?.on('data', lineSplitter(limits.onLine ?? (() => {})))
    child.stdin?.on('error', () => {}) // it may end before it has read everything: its exit code tells
    child.stdin?.end(limits.input ?? '')
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(late)
      if (code !== null && limits.accepts.includes(code)) resolve(complaint)
      else reject(new Error(`${name} ended with ${signal ?? code}:\n${complaint}`))
    })
  })
}

let classes: Promise<string> | undefined

function compiled(jars: readonly string[]): Promise<string> {
  classes ??= compileOnce(jars)
  return classes
}

async function compileOnce(jars: readonly string[]): Promise<string> {
  const files = await javaFiles()
  const hash = createHash('sha256').update(jars.join(':'))
  for (const file of files) hash.update(await readFile(file))
  const folder = join(kafkaBuildFolder, `classes-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  return exclusively(`${folder}.lock`, async () => {
    if (existsSync(folder)) return folder
    const fresh = `${folder}.${process.pid}`
    await mkdir(fresh, { recursive: true })
    const args = ['-nowarn', '-encoding', 'UTF-8', '-cp', jars.join(':'), '-d', fresh, ...files]
    await promisify(execFile)('javac', args)
    await rename(fresh, folder)
    return folder
  })
}

async function javaFiles(): Promise<string[]> {
  const found: string[] = []
  for (const source of sources) {
    const folder = fileURLToPath(new URL(source, import.meta.url))
    if (!existsSync(folder)) continue
    const names = (await readdir(folder)).filter((name) => name.endsWith('.java'))
    found.push(...names.sort().map((name) => join(folder, name)))
  }
  return found
}
