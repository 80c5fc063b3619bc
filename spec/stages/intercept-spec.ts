import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Envelope, Interceptor, ProducerRecord } from '../../lib/model.ts'
import { failed } from '../../lib/stages/envelope.ts'
import { intercept } from '../../lib/stages/intercept.ts'
import { marbles } from '../support/marbles.ts'
import { operatorLaws } from '../support/operator-laws.ts'

function through(interceptors: readonly Interceptor[], record: Partial<ProducerRecord> = {}) {
  const reports: { error: unknown; interceptor: Interceptor }[] = []
  let out: Envelope | undefined
  marbles(({ bench }) => {
    of(bench.envelope('a', record))
      .pipe(
        intercept({
          interceptors,
          report: (error, interceptor) => reports.push({ error, interceptor }),
        }),
      )
      .subscribe((envelope) => {
        out = envelope
      })
  })
  return { out: out!, reports }
}

const upper: Interceptor = {
  onSend: (record) => ({ ...record, value: String(record.value).toUpperCase() }),
}
const twice: Interceptor = {
  onSend: (record) => ({ ...record, value: `${record.value}${record.value}` }),
}

describe('intercept', () => {
  operatorLaws(
    (bench) => (source) =>
      source.pipe(
        intercept({ interceptors: [{ onSend: (record) => record }], report() {} }),
        bench.letters,
      ),
  )

  it('gives each interceptor the record that the one before it returned', () => {
    const { out } = through([upper, twice], { value: 'x' })
    expect(out.record.value).toBe('XX')
  })

  it('keeps the original object in addition to what is sent', () => {
    const original = { topic: 't', value: 'x' }
    marbles(({ bench }) => {
      const envelope = Object.assign(bench.envelope('a'), { original, record: original })
      of(envelope)
        .pipe(intercept({ interceptors: [upper], report() {} }))
        .subscribe((out) => {
          expect(out.original).toBe(original)
          expect(out.record).not.toBe(original)
        })
    })
    expect(original.value).toBe('x')
  })

  it('reports an interceptor that throws, and continues with the last good record', () => {
    const cause = new Error('no')
    const throwing: Interceptor = {
      onSend() {
        throw cause
      },
    }
    const { out, reports } = through([upper, throwing, twice], { value: 'x' })
    expect(out.record.value).toBe('XX')
    expect(out.failure).toBeNull()
    expect(reports).toEqual([{ error: cause, interceptor: throwing }])
  })

  it.each([undefined, null, 'text', 7])('reports an interceptor that returns %s', (given) => {
    const { out, reports } = through([{ onSend: () => given as never }, upper], { value: 'x' })
    expect(out.record.value).toBe('X')
    expect(reports).toHaveLength(1)
  })

  it('reports an asynchronous `onSend`, and continues with the unchanged record', async () => {
    const onSends = [async (one: ProducerRecord) => one, () => Promise.reject(new Error('no'))]
    for (const onSend of onSends) {
      const { out, reports } = through([{ onSend: onSend as never }, upper], { value: 'x' })
      expect(out.record.value).toBe('X')
      expect(reports.map(({ error }) => String(error))).toEqual([
        'TypeError: onSend of an interceptor returned a promise; it must be synchronous',
      ])
    }
    // An unhandled rejection would fail this spec now.
    await new Promise(setImmediate)
  })

  it('skips interceptors that only listen to results', () => {
    const { out, reports } = through([{ onAcknowledgement() {} }], { value: 'x' })
    expect(out.record).toBe(out.original)
    expect(reports).toEqual([])
  })

  it('reports an interceptor whose method cannot be read', () => {
    const interceptor = Object.defineProperty({}, 'onSend', {
      get() {
        throw new Error('no')
      },
    }) as Interceptor
    expect(through([interceptor]).reports).toHaveLength(1)
  })

  it('does not show a failed record to interceptors', () => {
    let seen = 0
    marbles(({ bench }) => {
      const envelope = failed(bench.envelope('a'), 'CLOSED')
      const onSend = (record: ProducerRecord) => {
        seen += 1
        return record
      }
      of(envelope)
        .pipe(intercept({ interceptors: [{ onSend }], report() {} }))
        .subscribe((out) => expect(out).toBe(envelope))
    })
    expect(seen).toBe(0)
  })
})
