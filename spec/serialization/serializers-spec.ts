import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../lib/model.ts'
import type { Serializer, SerializerContext } from '../../lib/serialization/serializer.ts'
import { serializers } from '../../lib/serialization/serializers.ts'

type Name = keyof typeof serializers

const asValue: SerializerContext = { topic: 'orders', headers: null, isKey: false }
const asKey: SerializerContext = { ...asValue, isKey: true }
const names = Object.keys(serializers) as Name[]

function serialize(name: Name, data: unknown, context = asValue): Bytes {
  return (serializers[name] as Serializer)(data, context) as Bytes
}

interface Case {
  readonly serializer: Name
  readonly given: string
  readonly hex: string
}

const golden = new URL('./golden/java-serializers.json', import.meta.url)
const java: readonly Case[] = JSON.parse(readFileSync(golden, 'utf8'))

describe('every serializer', () => {
  it.each(java)("$serializer gives '$given' the same bytes as Java", (example) => {
    const { serializer, given, hex } = example
    const isText = serializer === 'string' || serializer === 'uuid'
    const data = isText ? given : serializer === 'int64' ? BigInt(given) : Number(given)
    expect(Buffer.from(serialize(serializer, data) as Uint8Array).toString('hex')).toBe(hex)
  })

  it.each(names)('%s keeps null as null: a tombstone stays a tombstone', (name) => {
    expect(serialize(name, null)).toBe(null)
    expect(serialize(name, null, asKey)).toBe(null)
  })

  it.each(names)('%s accepts an absent key, and refuses an undefined value', (name) => {
    expect(serialize(name, undefined, asKey)).toBe(null)
    expect(() => serialize(name, undefined)).toThrow(/^the value for orders.*undefined/)
  })

  it.each(names)('%s never shows what it refuses', (name) => {
    class Secret {
      readonly text = 'hunter2'
      toJSON() {
        throw new Error('no')
      }
    }
    expect(() => serialize(name, new Secret(), asKey)).toThrow(/^the key for orders.*\(Secret\)/)
    expect(() => serialize(name, new Secret())).not.toThrow('hunter2')
  })

  it('is in one frozen object', () => {
    expect(Object.isFrozen(serializers)).toBe(true)
  })
})

describe('each serializer refuses values of other types', () => {
  it.each<[Name, unknown, string]>([
    ['string', 5, 'string accepts a string, not a number'],
    ['string', Buffer.from('a'), 'not an object (Buffer)'],
    ['bytes', 'abc', 'bytes accepts a Uint8Array or an ArrayBuffer, not a string'],
    ['bytes', [1, 2], 'not an array'],
    ['int16', '5', 'int16 accepts an integer, not a string'],
    ['int32', 5n, 'not a bigint'],
    ['int64', '5', 'int64 accepts a bigint or an integer, not a string'],
    ['float32', true, 'not a boolean'],
    ['float64', {}, 'not an object'],
    ['uuid', 'not-a-uuid', 'the text of a UUID'],
    ['uuid', '3f2504e0-4f89-11d3-9a0c-0305e82c33011', 'the text of a UUID'],
    ['void', '', 'void accepts only null, not a string'],
    ['json', () => 1, 'not a function'],
    ['json', Symbol('x'), 'not a symbol'],
    ['json', Number.NaN, 'a finite number, not NaN'],
    ['passThrough', { id: 1 }, "set 'value.serializer' to serializers.json"],
    ['passThrough', undefined, 'is undefined (use null for no value): without'],
    ['json', undefined, 'not undefined (use null for no value)'],
    ['passThrough', 42, 'is a number: without a serializer only strings and bytes are accepted'],
    ['passThrough', Object.create(null), 'is an object:'],
  ])('%s, %o', (name, data, sentence) => {
    expect(() => serialize(name, data)).toThrow(TypeError)
    expect(() => serialize(name, data)).toThrow(sentence)
  })

  it.each<[Name, number | bigint]>([
    ['int16', 32768],
    ['int16', -32769],
    ['int16', 1.5],
    ['int32', 2 ** 31],
    ['int32', Number.NaN],
    ['int64', 2 ** 53],
    ['int64', 0.5],
    ['int64', 2n ** 63n],
    ['int64', -(2n ** 63n) - 1n],
    ['float32', 1e39],
  ])('%s, %d, which is out of its range', (name, data) => {
    expect(() => serialize(name, data)).toThrow(RangeError)
    expect(() => serialize(name, data)).toThrow(`${data} is out of range for ${name}`)
  })
})

describe('passThrough and bytes', () => {
  it('pass on the same object if it is a Uint8Array', () => {
    const bytes = Buffer.from('abc')
    expect(serialize('passThrough', bytes)).toBe(bytes)
    expect(serialize('bytes', bytes)).toBe(bytes)
    expect(serialize('passThrough', 'text')).toBe('text')
  })

  it('use the bytes of any view, and not those around it', () => {
    const { buffer } = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    const views = [new DataView(buffer, 2, 4), new Int16Array(buffer, 2, 2)]
    for (const name of ['passThrough', 'bytes'] as const) {
      for (const view of views) expect(serialize(name, view)).toEqual(Uint8Array.of(3, 4, 5, 6))
      expect(serialize(name, buffer)).toEqual(new Uint8Array(buffer))
    }
  })

  it('say in the error that the value is a key', () => {
    expect(() => serialize('passThrough', 42, asKey)).toThrow("set 'key.serializer' to")
  })
})

describe('json', () => {
  it('equals JSON.stringify', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        if (data === null) return
        expect(serialize('json', data)).toBe(JSON.stringify(data))
      }),
    )
  })

  it('says why JSON fails, and keeps the cause', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(() => serialize('json', circle)).toThrow(
      /^the value for orders: json cannot represent an object/,
    )
    expect(() => serialize('json', { n: 1n })).toThrow('BigInt')
    try {
      serialize('json', circle)
    } catch (error) {
      expect((error as Error).cause).toBeInstanceOf(TypeError)
    }
    expect.assertions(3)
  })
})

describe('numbers', () => {
  it('round-trip', () => {
    const view = (bytes: Bytes) => {
      const { buffer, byteOffset, byteLength } = bytes as Uint8Array
      return new DataView(buffer, byteOffset, byteLength)
    }
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (data) => {
        expect(view(serialize('int64', data)).getBigInt64(0)).toBe(data)
      }),
    )
    fc.assert(
      fc.property(fc.integer(), (data) => {
        expect(view(serialize('int32', data)).getInt32(0)).toBe(data)
        expect(serialize('int64', data)).toEqual(serialize('int64', BigInt(data)))
      }),
    )
    fc.assert(
      fc.property(fc.double(), (data) => {
        expect(view(serialize('float64', data)).getFloat64(0)).toBe(data)
      }),
    )
  })
})
