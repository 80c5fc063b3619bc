import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { charts } from './charts.ts'
import { drawnChart, lengthOf } from './draw-chart.ts'
import { numbersOf, table } from './results.ts'

const shown = Object.entries(charts())
const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

describe('the charts of the guide on performance', () => {
  it.each(shown)('show what bench/RESULTS.md says: %s', async (name, chart) => {
    await expect(drawnChart(chart)).toMatchFileSnapshot(`../../guides/charts/${name}.svg`)
  })

  it.each(shown)('have a bar for each number, in proportion to it: %s', (_, chart) => {
    const drawn = drawnChart(chart)
    const widths = [...drawn.matchAll(/<rect [^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    )
    const values = [...drawn.matchAll(/class="value"[^>]*>([\d.,]+)</g)].map(([, value]) =>
      Number(value!.replaceAll(',', '')),
    )
    const max = Math.max(...values)

    expect(values).toEqual(chart.groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
    expect(widths).toEqual(values.map((value) => Number(lengthOf(value, max).toFixed(1))))
    expect(lengthOf(1, 2)).toBe(lengthOf(2, 2) / 2)
  })

  it('are all shown on the page', () => {
    const page = read('guides/performance.md')
    expect(shown.filter(([name]) => !page.includes(`(charts/${name}.svg)`))).toEqual([])
  })

  it('mark to-kafka in each comparison', () => {
    const compared = shown
      .flatMap(([, { groups }]) => groups)
      .filter(({ bars }) => bars.some(({ isOurs }) => !isOurs))
    expect(compared.map(({ bars }) => bars.filter(({ isOurs }) => isOurs).length)).toEqual(
      compared.map(() => 1),
    )
  })
})

describe('a table of bench/RESULTS.md', () => {
  it('that is missing, or has no such cell, is an error', () => {
    expect(() => table('client | cost')).toThrow('no table that begins')
    expect(() => table('client | CPU s, 1').cell('to-kafka', 'CPU s, 7')).toThrow('no CPU s, 7')
    expect(() => table('client | CPU s, 1').cell('nobody', 'CPU s, 1')).toThrow('of nobody')
  })

  it('may have numbers with thousands separators, fractions and brackets', () => {
    expect(numbersOf('12,000.5 (2.43); 7')).toEqual([12000.5, 2.43, 7])
    expect(numbersOf('3.97, 9.22')).toEqual([3.97, 9.22])
    expect(numbersOf('not run')).toEqual([])
  })
})

describe('README.md', () => {
  it('states the speeds of bench/RESULTS.md', () => {
    const workloads = table('workload, 12 partitions where')
    const times = (row: string) => numbersOf(workloads.cell(row, 'cheapest peer')).at(-1)!
    const bulk = numbersOf(
      table('client | CPU s, 1').cell('@platformatic/kafka 1.35', 'CPU s, 12'),
    ).at(-1)!
    const quiet = table('workload | made | librdkafka | before | now | platformatic')
    const quietTimes = (row: string, client: string) =>
      numbersOf(quiet.cell(row, client))[0]! / numbersOf(quiet.cell(row, 'now'))[0]!
    const [one, twelve] = ['100 B, 1 partition, a million', '… 12 partitions'].map((row) =>
      Math.min(quietTimes(row, 'platformatic'), quietTimes(row, 'kafka-ts')),
    )
    const manyPartitions = '10,000 keys, 1,000 partitions, 200,000'
    const young = '1 KiB, 12 partitions, the first 200,000'
    const java = table('partitions × settings')
    const rates = java.rows.map((row) => Number(java.cell(row, 'to-kafka / Java')))
    const costs = java.rows.map((row) => Number(java.cells(row).at(-1)))
    const said = read('README.md').replaceAll(/\s+/g, ' ')

    const isSaid = (row: string, ...ratios: number[]) =>
      expect(said).toContain(`| ${row} | ${ratios.map((ratio) => ratio.toFixed(1)).join(' to ')} |`)

    isSaid('a million records of 100 bytes, 1 or 12 partitions', Math.min(one!, twelve!), bulk)
    isSaid(
      '200,000 records with 10,000 keys, 1,000 partitions',
      quietTimes(manyPartitions, 'kafka-ts'),
    )
    isSaid('a million records of 1 KiB, 12 partitions', times('1 KiB, a million'))
    isSaid('the first 200,000 records of 1 KiB in a process', quietTimes(young, 'platformatic'))
    isSaid(
      '200,000 calls of `send()`, 1,000 at a time, `acks=1`',
      times('send(), 1000 awaited, 200,000'),
    )
    expect(said).toContain(
      `${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)} times as many records per second`,
    )
    expect(said).toContain(
      `takes ${percent(Math.min(...costs))} to ${percent(Math.max(...costs))} % of the CPU time`,
    )
  })
})

/** Rounded to tens. */
function percent(ratio: number): number {
  return Math.round(ratio * 10) * 10
}
