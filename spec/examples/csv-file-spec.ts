import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { count, lastValueFrom, take } from 'rxjs'
import { serializers } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvToKafka } from '../../examples/csv-file.ts'
import { listen, producerFor, startCluster } from '../support/scenario.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csv-'))
})

afterAll(() => rm(folder, { recursive: true }))

async function start() {
  const cluster = await startCluster({ topics: { people: { partitions: 2 } } })
  const producer = producerFor(cluster, { 'value.serializer': serializers.json as never })
  return { cluster, producer }
}

describe('the CSV file', () => {
  it('becomes one record for each row, including quotes, commas and line breaks in fields', async () => {
    const { cluster, producer } = await start()
    const file = join(folder, 'people.csv')
    await writeFile(
      file,
      '\ufeffid,name,motto\n1,"Carroll, Lewis","Why,\nsometimes ""six"""\n2,Alice,\n',
    )
    await lastValueFrom(csvToKafka(file, 'people', producer))
    const landed = await cluster.records('people')
    const rows = new Map(landed.map(({ keyText, valueText }) => [keyText, JSON.parse(valueText!)]))
    expect(rows.get('1')).toEqual({
      id: '1',
      name: 'Carroll, Lewis',
      motto: 'Why,\nsometimes "six"',
    })
    expect(rows.get('2')).toEqual({ id: '2', name: 'Alice', motto: '' })
    expect(rows.size).toBe(2)
  })

  it('of a hundred thousand rows arrives as a hundred thousand records', async () => {
    const { cluster, producer } = await start()
    const file = join(folder, 'large.csv')
    await pipeline(Readable.from(rows(100_000)), createWriteStream(file))
    const sent = await lastValueFrom(csvToKafka(file, 'people', producer).pipe(count()))
    expect(sent).toBe(100_000)
    const keys = new Set([...cluster.read('people')].map(({ keyText }) => keyText))
    expect(keys.size).toBe(100_000)
  })

  it('is not read further than the subscriber needs', async () => {
    const { producer } = await start()
    const file = join(folder, 'endless.csv')
    await pipeline(Readable.from(rows(10_000)), createWriteStream(file))
    expect(await lastValueFrom(csvToKafka(file, 'people', producer).pipe(take(3), count()))).toBe(3)
  })

  it.each([
    ['is missing', 'no-such-file.csv', null, 'ENOENT'],
    [
      'has a row with a wrong number of fields',
      'broken.csv',
      'id,name\n1,a\n2\n',
      'CSV_RECORD_INCONSISTENT_COLUMNS',
    ],
  ])('that %s fails the stream', async (_, name, text, code) => {
    const { producer } = await start()
    const file = join(folder, name)
    if (text !== null) await writeFile(file, text)
    expect(await listen(csvToKafka(file, 'people', producer)).ended).toMatchObject({ code })
  })
})

function* rows(number: number) {
  yield 'id,name\n'
  for (let id = 1; id <= number; id += 1) yield `${id},somebody ${id}\n`
}
