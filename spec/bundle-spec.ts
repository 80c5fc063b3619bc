import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { lastValueFrom, Observable, of } from 'rxjs'
import * as index from 'to-kafka'
import * as opentelemetry from 'to-kafka/opentelemetry'
import * as stages from 'to-kafka/stages'
import * as testing from 'to-kafka/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../bundle.mjs'
import { pipelineKeys } from '../lib/config/keys-pipeline.ts'

// The package as users load it: one file for each entry, and chunks that the entries share.

const folder = fileURLToPath(new URL('../build/bundle-spec/', import.meta.url))
const packageJson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href)

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await bundle(folder)
  // As the package names its entries, which are in dist/.
  const sideEffects = packageJson.sideEffects.map((path: string) => path.replace('dist/', ''))
  const imports = JSON.parse(JSON.stringify(packageJson.imports).replaceAll('./dist/', './'))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ type: 'module', sideEffects, imports }),
  )
})

function files(ending: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(ending))
}

/** What a file of the package imports. */
function importsOf(name: string): string[] {
  const code = readFileSync(join(folder, name), 'utf8')
  const from = /(?:\bfrom|\bimport)\s*["']([^"']+)["'][;\n]/g
  return [...code.matchAll(from)].map(([, found]) => found!)
}

/** The original place of a position in a bundle: its line, and the whole file. */
function originalOf(file: string, row: number, column: number) {
  const map = new SourceMap(JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8')))
  const entry = map.findEntry(row - 1, column - 1)
  if (!('originalSource' in entry)) throw new Error(`nothing is known of ${file}:${row}:${column}`)
  const source = readFileSync(join(folder, entry.originalSource), 'utf8')
  return { text: source.split('\n')[entry.originalLine]!, source }
}

/** The message of the error that `act` throws. */
function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it has not thrown')
}

/** The output of a program in its own process: vitest's process has maps applied to its stacks. */
function printedBy(program: string): string {
  const args = ['--input-type=module', '-e', program]
  return execFileSync(process.execPath, args, { encoding: 'utf8' })
}

/** A program over the package as one CommonJS file, minified, run where nothing is installed beside it. */
async function runMinified(name: string, program: string): Promise<string> {
  const [input, file] = [join(folder, `${name}.mjs`), join(folder, `${name}.cjs`)]
  writeFileSync(input, program)
  const bundled = await rolldown({
    input,
    platform: 'node',
    external: [/^node:/, 'lz4-wasm-nodejs'],
  })
  await bundled.write({ file, format: 'cjs', minify: true })
  await bundled.close()
  const elsewhere = { cwd: tmpdir(), encoding: 'utf8' } as const
  // Not as the main program, so nothing is looked up from its folder.
  return execFileSync(
    process.execPath,
    ['-e', `require(${JSON.stringify(file)})`],
    elsewhere,
  ).trim()
}

/** A program with the package as one file, minified, with rxjs next to it. */
async function minified(program: string): Promise<string> {
  const input = join(folder, 'program.mjs')
  writeFileSync(input, program)
  const bundled = await rolldown({
    input,
    platform: 'node',
    external: [/^node:/, /^rxjs/, 'lz4-wasm-nodejs'],
  })
  const { output } = await bundled.generate({ minify: true })
  await bundled.close()
  return output[0].code
}

describe('the bundled package', () => {
  it.each([
    ['index.js', index],
    ['stages.js', stages],
    ['testing.js', testing],
    ['opentelemetry.js', opentelemetry],
  ] as const)('exports from %s the same as its entry', async (file, entry) => {
    expect(Object.keys(await load(file)).sort()).toEqual(Object.keys(entry).sort())
  })

  it('has a file for each entry and a few shared ones, each with a source map', () => {
    const scripts = files('.js')
    expect(scripts).toEqual(expect.arrayContaining(['index.js', 'stages.js', 'testing.js']))
    expect(scripts.length).toBeLessThan(11)
    // A file that only re-exports needs no map.
    const mapped = scripts
      .filter((name) => !['stages.js', 'modules.js'].includes(name))
      .map((name) => `${name}.map`)
    expect(files('.js.map')).toEqual(expect.arrayContaining(mapped))
    const { sources } = JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8'))
    expect(sources).toEqual(
      expect.arrayContaining([expect.stringContaining('lib/producer/engine.ts')]),
    )
  })

  it('has maps that lead a stack to the files and lines of lib/', () => {
    const stack = printedBy(
      `import { toKafka } from ${JSON.stringify(join(folder, 'index.js'))}
      try { toKafka({ 'bootstrap.servers': '' }) } catch (error) { console.log(error.stack) }`,
    )
    const frames = stack.split('\n').flatMap((line) => {
      const [, name, file, row, column] =
        /at (?:new )?([\w.#]+) \(.*\/(\S+\.js):(\d+):(\d+)\)/.exec(line) ?? []
      return file === undefined || name === undefined
        ? []
        : [{ name, ...originalOf(file, Number(row), Number(column)) }]
    })
    expect(frames.length).toBeGreaterThan(2)
    expect(frames[0]!.text).toMatch(/new ConfigError|throw /)
    for (const { name, text, source } of frames) {
      expect(text).toContain('(')
      expect(source).toContain(name.split('.').at(-1)!.replace('#', ''))
    }
  })

  it('shows a line of code that fits on a screen if nobody catches an error', () => {
    const program = `import { toKafka } from ${JSON.stringify(join(folder, 'index.js'))}
      toKafka({ 'bootstrap.server': 'localhost:9092' })`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    })
    expect(stderr).toContain("did you mean 'bootstrap.servers'?")
    const [place, line] = stderr.split('\n')
    expect(place).toMatch(/\.js:\d+$/)
    expect(line).toMatch(/throw|return/)
    expect(line!.length).toBeLessThan(300)
  })

  it('is ASCII, of which V8 keeps one byte a character, and says the same', async () => {
    for (const name of files('.js')) {
      expect(readFileSync(join(folder, name), 'utf8'), name).toMatch(/^[\0-\x7f]*$/)
    }
    const config = { 'bootstrap.servers': 'localhost:70000' }
    const { toKafka } = (await load('index.js')) as typeof index
    const message = messageOf(() => index.toKafka(config))
    expect(message).toContain('…')
    expect(messageOf(() => toKafka(config))).toBe(message)
  })

  it('leaves out what is only for the reference page', () => {
    const all = files('.js')
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('')
    const [sentence] = pipelineKeys['interceptor.classes'].doc.split('.')
    expect(sentence).toMatch(/\w+ \w+ \w+/)
    expect(all).not.toContain(sentence)
    expect(all).toContain('interceptor.classes')
  })

  it('imports only Node, its dependencies, and the rxjs files that it needs', () => {
    const imported = files('.js').flatMap(importsOf)
    const foreign = imported.filter((from) => !/^(\.\/|#|node:|rxjs\/internal\/)/.test(from))
    const packages = ['@opentelemetry/api', 'crc-32/crc32c.js', 'lz4-wasm-nodejs', 'snappyjs']
    expect([...new Set(foreign)].sort()).toEqual(packages)
    const importers = (from: string) =>
      files('.js').filter((name) =>
        readFileSync(join(folder, name), 'utf8').includes(`from"${from}"`),
      )
    expect(importers('lz4-wasm-nodejs')).toEqual(['lz4.js'])
    expect(importers('@opentelemetry/api')).toEqual(['opentelemetry.js'])
    expect(imported.some((from) => from.startsWith('rxjs/internal/'))).toBe(true)
  })

  it('takes the same from CommonJS by requiring it as by importing it', async () => {
    const required = createRequire(join(folder, 'index.js'))('./commonjs.cjs')
    const imported = (await load('modules.js')) as object
    expect({ ...imported }).toEqual(required)
    expect(required.Observable).toBe(Observable)
  })

  it('requires CommonJS in Node, and imports it in a bundler, which takes the rxjs of the program', () => {
    const { '#commonjs': targets } = packageJson.imports
    expect(Object.entries(targets)).toEqual([
      ['module', './dist/modules.js'],
      ['node-addons', './dist/commonjs.cjs'],
      ['default', './dist/modules.js'],
    ])
    // Only what is CommonJS has a default.
    const program = `import * as found from '#commonjs'; console.log('default' in found)`
    const file = join(folder, 'which.mjs')
    writeFileSync(file, program)
    expect(execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim()).toBe('true')
  })

  it('loads of Node what every producer needs: zlib, dns, tls and crypto when they are needed', () => {
    const loaded = new Set<string>()
    const follow = (name: string) => {
      if (loaded.has(name)) return
      loaded.add(name)
      if (name.startsWith('./')) importsOf(name).forEach(follow)
    }
    follow('./index.js')
    const builtin = [...loaded].filter((name) => name.startsWith('node:')).sort()
    expect(builtin).toEqual([
      'node:async_hooks',
      'node:diagnostics_channel',
      'node:fs',
      'node:module',
      'node:net',
      'node:path',
      'node:url',
    ])
  })

  it('delivers to its own mock cluster, with the Observable of rxjs', async () => {
    const { toKafka, KafkaProducer } = (await load('index.js')) as typeof index
    const { MockCluster } = (await load('testing.js')) as typeof testing
    const cluster = await MockCluster.start({ topics: { orders: {} } })
    const producer = new KafkaProducer({ 'bootstrap.servers': cluster.bootstrapServers })
    const sent$ = of({ topic: 'orders', value: 'a' }).pipe(toKafka(producer))
    expect((await lastValueFrom(sent$)).offset).toBe(0)
    expect(producer.events$).toBeInstanceOf(Observable)
    await producer.close()
    await cluster.close()
  })

  it('has no import.meta, because Jest and others convert it to CommonJS', () => {
    for (const name of files('.js')) {
      expect(readFileSync(join(folder, name), 'utf8')).not.toContain('import.meta')
    }
  })

  it('keeps the names of errors when it is minified and converted to CommonJS', async () => {
    const program = `import { toKafka } from './index.js'
      try { toKafka({ 'bootstrap.servers': 'localhost:9', 'linger.m': 4 }) } catch (e) { console.log(String(e)) }`
    expect(await runMinified('names', program)).toMatch(
      /^ConfigError: 'linger\.m' is not a setting/,
    )
  })

  it('finds lz4 with the entry that imports it, and has a clear error without it', async () => {
    const program = `import { toKafka } from './index.js'
      try {
        toKafka({ 'bootstrap.servers': 'localhost:9', 'compression.type': 'lz4' })
        console.log('ok')
      } catch (e) { console.log(String(e)) }`
    expect(await runMinified('without', program)).toContain("import 'to-kafka/lz4'")
    expect(await runMinified('with', `import './lz4.js'\n${program}`)).toBe('ok')
  })

  it('lets bundlers leave out what a program does not import', async () => {
    const transactions = 'AddPartitionsToTxn'
    const configuration = 'sasl.oauthbearer.token.endpoint.url'
    const stream = await minified("export { toKafka } from './index.js'")
    expect(stream).toContain(configuration)
    expect(stream).not.toContain(transactions)
    expect(stream.length).toBeLessThan(325_000)
    expect(await minified("export { KafkaProducer } from './index.js'")).toContain(transactions)
    const small = await minified("export { nextOffset, isKafkaError } from './index.js'")
    expect(small).not.toContain(configuration)
    expect(small.length).toBeLessThan(20_000)
  })

  it('throws errors that a copy of the package from source recognizes', async () => {
    const { toKafka } = (await load('index.js')) as typeof index
    let thrown: unknown
    try {
      toKafka({ 'bootstrap.servers': '' })
    } catch (error) {
      thrown = error
    }
    expect(index.isKafkaError(thrown)).toBe(true)
  })
})
