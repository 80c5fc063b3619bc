import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../lib/model.ts'
import { flawOfFields, flawOfRecord, headerList, isBytes } from '../../lib/stages/record-check.ts'

const good = { topic: 't', value: 'v' }

function flawOf(record: { topic?: unknown; partition?: unknown; timestamp?: unknown }) {
  return flawOfRecord(record) ?? flawOfFields(record.topic, record.partition, record.timestamp)
}

describe('the check of a record', () => {
  it.each([
    good,
    { ...good, partition: 0 },
    { ...good, partition: 2 ** 31 - 1 },
    { ...good, partition: null, timestamp: null, key: null, headers: null },
    { ...good, timestamp: 0 },
    { ...good, timestamp: Number.MAX_SAFE_INTEGER },
    { ...good, value: null },
    { ...good, more: 'of it' },
    Object.freeze({ ...good }),
  ])('accepts %j', (record) => {
    expect(flawOf(record)).toBeNull()
  })

  it.each([
    ['a record is an object, not undefined', undefined],
    ['a record is an object, not null', null],
    ['a record is an object, not a string', 'the whole text'],
    ['a record is an object, not a symbol', Symbol('s')],
    ['topic is undefined;', { value: 'v' }],
    ['topic is empty;', { topic: '', value: 'v' }],
    ['topic is a number;', { topic: 7, value: 'v' }],
    ['topic is an object;', { topic: {}, value: 'v' }],
    ['topic is an array;', { topic: ['t'], value: 'v' }],
    ['topic is null;', { topic: null, value: 'v' }],
    ['partition is -1;', { ...good, partition: -1 }],
    ['partition is 1.5;', { ...good, partition: 1.5 }],
    ["partition is '0';", { ...good, partition: '0' }],
    [`partition is '${'1'.repeat(80)}…';`, { ...good, partition: '1'.repeat(1000) }],
    ['partition is true;', { ...good, partition: true }],
    ['partition is NaN;', { ...good, partition: Number.NaN }],
    ['partition is 2147483648;', { ...good, partition: 2 ** 31 }],
    ['timestamp is -1;', { ...good, timestamp: -1 }],
    ['timestamp is 0.5;', { ...good, timestamp: 0.5 }],
    ['timestamp is an object (Date);', { ...good, timestamp: new Date() }],
    ['timestamp is 1n;', { ...good, timestamp: 1n }],
  ])('says: %s', (sentence, record) => {
    expect(flawOf(record as never)).toContain(sentence)
  })
})

describe('headerList', () => {
  it('returns a copy: later changes of the given list and its headers have no effect', () => {
    const header = { key: 'h', value: 'x' as Bytes }
    const given = [header]
    const list = headerList(given)
    header.value = undefined as never
    given.push({ key: 'i', value: 'y' })
    expect(list).toEqual([{ key: 'h', value: 'x' }])
  })

  it('keeps a list, in order and with repeats', () => {
    const list = [
      { key: 'a', value: '1' },
      { key: 'a', value: null },
      { key: 'b', value: new Uint8Array([1]) },
    ]
    expect(headerList(list)).toEqual(list)
  })

  it('makes a list from an object, with one header for each value of an array', () => {
    expect(headerList({ a: '1', b: ['2', null], c: null })).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
      { key: 'b', value: null },
      { key: 'c', value: null },
    ])
  })

  it('takes pairs of name and value from any iterable', () => {
    const pairs = [
      ['a', '1'],
      ['b', null],
    ] as const
    const list = [
      { key: 'a', value: '1' },
      { key: 'b', value: null },
    ]
    for (const headers of [
      pairs,
      new Map(pairs),
      new Set(pairs),
      {
        *[Symbol.iterator]() {
          yield* pairs
        },
      },
    ]) {
      expect(headerList(headers)).toEqual(list)
    }
    const ofFetch = new globalThis.Headers({ traceparent: '00' })
    expect(headerList(ofFetch)).toEqual([{ key: 'traceparent', value: '00' }])
  })

  it.each([[null], [undefined], [[]], [{}], [new Map()]])(
    'is null without headers: %j',
    (headers) => {
      expect(headerList(headers as never)).toBeNull()
    },
  )

  it.each([
    ['the key of a header is a number', [{ key: 7, value: 'v' }]],
    ['the key of a header is undefined', [null]],
    ['the header a is a number', { a: 7 }],
    ['the header a is undefined', [{ key: 'a' }]],
    ['headers are a string', 'the whole text'],
    ['headers are a string', ''],
    ['headers are an iterator', new Map([['a', '1']]).entries()],
    ['the key of a header is undefined', Buffer.from('bytes')],
    ['the header a is an object', new Map([['a', {}]])],
  ])('refuses with a clear error: %s', (sentence, headers) => {
    expect(() => headerList(headers as never)).toThrow(sentence)
    expect(() => headerList(headers as never)).toThrow(TypeError)
  })
})

describe('isBytes', () => {
  it('accepts strings, Uint8Arrays and null', () => {
    for (const bytes of ['', 'é', new Uint8Array(1), Buffer.from('x'), null]) {
      expect(isBytes(bytes)).toBe(true)
    }
    for (const other of [undefined, 7, {}, [1], new ArrayBuffer(1), true]) {
      expect(isBytes(other)).toBe(false)
    }
  })
})
