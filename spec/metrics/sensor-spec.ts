import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Sensor, type Windows } from '../../lib/metrics/sensor.ts'

const at = (samples: number, windowMs: number) => new Sensor({ samples, windowMs })

describe('Sensor', () => {
  it('has, without events, no average and no maximum, but a rate of 0', () => {
    const sensor = at(2, 1000)
    expect([sensor.avg(5), sensor.max(5), sensor.rate(5), sensor.frequency(5)]).toEqual([
      Number.NaN,
      Number.NaN,
      0,
      0,
    ])
    expect([sensor.total, sensor.events]).toEqual([0, 0])
  })

  it('adds one window before its first event, as if there had been an empty one', () => {
    const sensor = at(2, 1000)
    sensor.record(30, 5000)
    sensor.record(30, 5500)
    expect(sensor.rate(5500)).toBe(60 / 1.5)
    expect(sensor.frequency(5500)).toBe(2 / 1.5)
  })

  it('forgets what is older than all windows, except in its totals', () => {
    const sensor = at(2, 1000)
    sensor.record(7, 0)
    expect(sensor.max(1999)).toBe(7)
    expect(sensor.max(2000)).toBeNaN()
    expect(sensor.rate(2000)).toBe(0)
    expect([sensor.total, sensor.events]).toEqual([7, 1])
  })

  it('counts all of a window that overlaps the measured time', () => {
    const sensor = at(2, 1000)
    sensor.record(10, 0)
    sensor.record(20, 900)
    expect(sensor.avg(2899)).toBe(15)
    expect(sensor.avg(2900)).toBeNaN()
  })

  it('accepts negative values, and has a maximum below 0', () => {
    const sensor = at(2, 1000)
    sensor.record(-5, 0)
    sensor.record(-3, 0)
    expect([sensor.max(0), sensor.avg(0), sensor.total]).toEqual([-3, -4, -8])
  })

  it('adds later values of an event to that event', () => {
    const sensor = at(2, 1000)
    sensor.record(0, 0)
    sensor.record(40, 0, 0)
    sensor.record(0, 1)
    expect([sensor.avg(1), sensor.max(1), sensor.events]).toEqual([20, 40, 2])
  })

  it('accepts windows of length 0, and any number of them', () => {
    const instant = at(2, 0)
    instant.record(1, 0)
    expect([instant.rate(0), instant.avg(0)]).toEqual([0, Number.NaN])
    const many = at(2147483647, 1)
    for (let now = 0; now < 100; now += 1) many.record(now, now)
    expect([many.avg(100), many.max(100)]).toEqual([49.5, 99])
  })
})

// Goal: our statistics equal Java's. Method: Apache's own results for random events
// (golden/JavaSamples.java).
interface GoldenCase extends Windows {
  readonly steps: readonly (readonly [number] | readonly [number, number])[]
  readonly measured: readonly (readonly (number | null)[])[]
}

const golden = new URL('./golden/java-samples.json', import.meta.url)
const cases: readonly GoldenCase[] = JSON.parse(readFileSync(golden, 'utf8'))

describe('Sensor on measurements of Java', () => {
  it('measures the same', () => {
    for (const { samples, windowMs, steps, measured } of cases) {
      const sensor = new Sensor({ samples, windowMs })
      const ours = replay(steps, sensor)
      expect(ours, JSON.stringify({ samples, windowMs, steps })).toEqual(measured)
    }
  })

  it('has enough measurements', () => {
    const values = cases.flatMap(({ measured }) => measured.flat())
    expect(values.filter((value) => value !== null && value !== 0).length).toBeGreaterThan(1000)
    expect(values.filter((value) => value === null).length).toBeGreaterThan(100)
  })

  function replay(steps: GoldenCase['steps'], sensor: Sensor): (number | null)[][] {
    const ours: (number | null)[][] = []
    for (const [now, value] of steps) {
      if (value === undefined) ours.push(allOf(sensor, now).map(nullForNaN))
      else sensor.record(value, now)
    }
    return ours
  }
})

describe('Sensor, whatever happens', () => {
  const step = fc.record({
    pause: fc.oneof(fc.nat(3), fc.nat(40), fc.constantFrom(10, 20, 30)),
    value: fc.option(fc.integer({ min: -1000, max: 1000 }), { freq: 4 }),
  })

  it('equals a computation from the list of all events, by the rules of the windows', () => {
    const runs = fc.array(step, { maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(12), runs, (samples, windowMs, steps) => {
        const sensor = new Sensor({ samples, windowMs })
        const model = new Model({ samples, windowMs })
        let now = 0
        for (const { pause, value } of steps) {
          now += pause
          if (value === null) expect(allOf(sensor, now)).toEqual(model.measure(now))
          else {
            sensor.record(value, now)
            model.record(value, now)
          }
        }
        expect(sensor.total).toBe(model.values.reduce((sum, value) => sum + value, 0))
        expect(sensor.events).toBe(model.values.length)
      }),
    )
  })
})

/** Windows as lists of their events, newest last. */
class Model {
  values: number[] = []
  #windows: { begun: number; last: number; values: number[] }[] = []
  #rules: Windows

  constructor(rules: Windows) {
    this.#rules = rules
  }

  record(value: number, now: number): void {
    this.values.push(value)
    const newest = this.#windows.at(-1)
    if (newest === undefined || now - newest.begun >= this.#rules.windowMs) this.#begin(now)
    const { values } = Object.assign(this.#windows.at(-1)!, { last: now })
    values.push(value)
  }

  measure(now: number): number[] {
    const { samples, windowMs } = this.#rules
    for (const window of this.#windows) {
      if (now - window.last >= samples * windowMs) {
        Object.assign(window, { begun: now, last: now, values: [] })
      }
    }
    if (this.#windows.length === 0) this.#begin(now)
    const values = this.#windows.flatMap((window) => window.values)
    const elapsed = now - Math.min(...this.#windows.map(({ begun }) => begun))
    const complete = windowMs === 0 ? samples : Math.floor(elapsed / windowMs)
    const seconds = Math.max(elapsed + Math.max(0, samples - 1 - complete) * windowMs, 1) / 1000
    const sum = values.reduce((total, value) => total + value, 0)
    const [avg, max] = values.length === 0 ? [NaN, NaN] : [sum / values.length, Math.max(...values)]
    return [avg, max, sum / seconds, values.length / seconds]
  }

  #begin(now: number): void {
    this.#windows.push({ begun: now, last: now, values: [] })
    if (this.#windows.length > this.#rules.samples + 1) this.#windows.shift()
  }
}

/** In the order of the golden file. */
function allOf(sensor: Sensor, now: number): number[] {
  return [sensor.avg(now), sensor.max(now), sensor.rate(now), sensor.frequency(now)]
}

function nullForNaN(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
