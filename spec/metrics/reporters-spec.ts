import { describe, expect, it } from 'vitest'
import type { Metric } from '../../lib/metrics/metric.ts'
import { type MetricsReporter, Reporters } from '../../lib/metrics/reporters.ts'

const metric = (name: string): Metric => ({ name, group: 'g', description: '', tags: {}, value: 1 })

function listening(log: string[], mark = ''): MetricsReporter {
  return {
    init: (metrics) => log.push(`${mark}init ${metrics.length}`),
    metricChange: ({ name }) => log.push(`${mark}change ${name}`),
    metricRemoval: ({ name }) => log.push(`${mark}removal ${name}`),
    close: () => log.push(`${mark}close`),
  }
}

describe('Reporters', () => {
  it('are called as in Java: init, each metric, and at the end each metric again and close', () => {
    const log: string[] = []
    const reporters = new Reporters([listening(log)], () => {})
    reporters.add(metric('a'))
    reporters.add(metric('b'))
    reporters.close()
    const told = ['init 0', 'change a', 'change b', 'removal a', 'removal b', 'close']
    expect(log).toEqual(told)
    reporters.add(metric('c'))
    reporters.close()
    expect(log).toEqual(told)
  })

  it('need only metricChange', () => {
    const log: string[] = []
    const failures: unknown[] = []
    const only = { metricChange: ({ name }: Metric) => log.push(name) }
    const reporters = new Reporters([only], (error) => failures.push(error))
    reporters.add(metric('a'))
    reporters.close()
    expect([log, failures]).toEqual([['a'], []])
  })

  it.each(['init', 'metricChange', 'metricRemoval', 'close'] as const)(
    'do not affect each other if one throws in %s',
    (method) => {
      const log: string[] = []
      const failures: unknown[] = []
      const bad: MetricsReporter = {
        ...listening([]),
        [method]: () => {
          throw new Error(method)
        },
      }
      const reporters = new Reporters([bad, listening(log)], (error, reporter) => {
        failures.push([(error as Error).message, reporter === bad])
      })
      reporters.add(metric('a'))
      reporters.close()
      expect(log).toEqual(['init 0', 'change a', 'removal a', 'close'])
      expect(failures).toEqual([[method, true]])
    },
  )

  it('are not awaited, and their rejected promises are reported', async () => {
    const failures: unknown[] = []
    const fail = (name: string) => async () => {
      throw new Error(name)
    }
    const bad = {
      init: fail('init'),
      metricChange: fail('change'),
      metricRemoval: fail('removal'),
      close: fail('close'),
    }
    const reporters = new Reporters([bad], (error, reporter) => {
      failures.push([(error as Error).message, reporter === bad])
    })
    reporters.add(metric('a'))
    reporters.close()
    await new Promise((resolve) => setImmediate(resolve))
    const names = ['init', 'change', 'removal', 'close']
    expect(failures).toEqual(names.map((name) => [name, true]))
  })
})
