import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { lastValueFrom, Observable, of } from 'rxjs'
import * as index from 'to-kafka'
import * as stages from 'to-kafka/stages'
import * as testing from 'to-kafka/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../bundle.mjs'

// The package as users load it: one file for each entry, and chunks that the entries share.

const folder = fileURLToPath(new URL('../build/bundle-spec/', import.meta.url))
const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href)

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await bundle(folder)
})

function files(ending: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(ending))
}

describe('the bundled package', () => {
  it.each([
    ['index.js', index],
    ['stages.js', stages],
    ['testing.js', testing],
  ] as const)('exports from %s what its entry does', async (file, entry) => {
    expect(Object.keys(await load(file)).sort()).toEqual(Object.keys(entry).sort())
  })

  it('is a file for each entry and a few that they share, each with a source map', () => {
    const scripts = files('.js')
    expect(scripts).toEqual(expect.arrayContaining(['index.js', 'stages.js', 'testing.js']))
    expect(scripts.length).toBeLessThan(10)
    // An entry that only names what chunks have needs no map.
    const mapped = scripts.filter((name) => name !== 'stages.js').map((name) => `${name}.map`)
    expect(files('.js.map')).toEqual(expect.arrayContaining(mapped))
    const { sources } = JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8'))
    expect(sources).toEqual(
      expect.arrayContaining([expect.stringContaining('lib/producer/engine.ts')]),
    )
  })

  it('imports nothing but Node, what it depends on, and the files of rxjs that it needs', () => {
    const imported = files('.js').flatMap((name) =>
      [
        ...readFileSync(join(folder, name), 'utf8').matchAll(/(?:from|import)\s*["']([^"']+)["']/g),
      ].map(([, from]) => from!),
    )
    const foreign = imported.filter((from) => !/^(\.\/|node:|rxjs\/internal\/)/.test(from))
    expect([...new Set(foreign)].sort()).toEqual(['crc-32', 'crc-32/crc32c.js', 'snappyjs'])
    expect(imported.some((from) => from.startsWith('rxjs/internal/'))).toBe(true)
  })

  it('delivers to its own mock cluster, with the Observable that rxjs has', async () => {
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

  it('gives errors that a copy of the package from source knows', async () => {
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
