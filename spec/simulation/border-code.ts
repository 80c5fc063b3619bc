import type { Header, ProducerRecord, RecordMetadata } from '../../lib/model.ts'
import type { Taken } from './border-history.ts'
import type { BorderRecord, Call, Callback, Deed } from './border-scenario.ts'
import { givenAs, hasHeader, oddBytes, oddPartition, thrown } from './border-things.ts'

// The user code of a run: records with getters, serializers, a partitioner, an interceptor. For the record
// that it is called with, each does that record's deed, once, and notes which failure it justifies.

export interface CodeEvents {
  /** A deed is done. */
  done(deed: Deed): void
  after(ms: number, does: () => void): void
  call(what: Call, one: Taken): void
  told(one: Taken, error: unknown): void
  /** Later records of its feed wait as long as a record may. */
  heldUp(one: Taken): void
  /** An interceptor is about to fail: a listener must be told. */
  intercepted(what: unknown): void
}

/** What a value or a key is before it is serialized. */
interface Raw {
  readonly taken: Taken
}

const bySerializer = ['SERIALIZER_FAILED']
const byRecord = ['INVALID_RECORD', 'SERIALIZER_FAILED']

export class BorderCode {
  #events: CodeEvents
  #byRecord = new WeakMap<object, Taken>()
  #done = new Set<Taken>()

  constructor(events: CodeEvents) {
    this.#events = events
  }

  /** A record, as its plan says; `taken` is called once the record exists. */
  record(id: string, plan: BorderRecord, taken: () => Taken): ProducerRecord {
    const { deed, partition, hasKey } = plan
    const at = (place: string) => this.#at(taken(), place)
    const asked = new Set<string>()
    const again = (place: string) => asked.size === asked.add(place).size && deed.does === 'change'
    const header = (): Header['value'] => {
      at('header')
      if (deed.does !== 'give' || deed.at !== 'header') return id
      this.#do(taken(), byRecord)
      return oddBytes(deed.what, id, (detach) => {
        this.#mayDetach(taken(), detach)
      }) as never
    }
    const isBad = deed.does === 'throw' && (deed.at === 'iteration' || deed.at === 'again')
    const list = hasHeader(plan)
      ? [
          {
            key: 'h',
            get value() {
              return header()
            },
          },
        ]
      : []
    const headers =
      isBad || (deed.does === 'reject' && deed.again)
        ? this.#iterable(
            list,
            taken,
            deed.does === 'reject' || (deed as { at: string }).at === 'again',
          )
        : list
    const record = {
      get topic() {
        at('topic')
        return again('topic') ? 7 : 't'
      },
      get partition() {
        return again('partition') ? 'nowhere' : partition
      },
      get key() {
        at('getKey')
        return hasKey ? { taken: taken() } : null
      },
      get value() {
        at('getValue')
        return again('value') ? 7 : { taken: taken() }
      },
      get headers() {
        at('headers')
        return headers
      },
    }
    return record as unknown as ProducerRecord
  }

  /** From now on the record is recognised by its object. */
  know(record: object, taken: Taken): void {
    this.#byRecord.set(record, taken)
  }

  of(record: object): Taken {
    return this.#byRecord.get(record)!
  }

  config(hasPartitioner: boolean) {
    return {
      'key.serializer': (raw: Raw | null) => (raw === null ? null : this.#serialize(raw, 'key')),
      'value.serializer': (raw: Raw) => this.#serialize(raw, 'value'),
      ...(hasPartitioner && {
        'partitioner.class': ({ record }: { record: object }) => this.#partition(record),
      }),
      'interceptor.classes': [
        {
          onSend: (record: ProducerRecord) => this.#onSend(record),
          onAcknowledgement: (metadata: RecordMetadata, error: Error | null) =>
            this.#onAcknowledgement(metadata, error),
        },
      ],
    }
  }

  /** The subscriber has a result. */
  next(taken: Taken): void {
    this.#at(taken, 'next')
  }

  below(taken: Taken): void {
    const { deed } = taken.plan
    if (deed.does === 'throwBelow' && this.#do(taken, null)) throw thrown[deed.what]
  }

  #do(taken: Taken, harmed: readonly string[] | null): boolean {
    if (this.#done.has(taken)) return false
    this.#done.add(taken)
    this.#events.done(taken.plan.deed)
    if (harmed !== null) taken.harmed = harmed
    return true
  }

  /** Does what a record's code does at this place. */
  #at(taken: Taken, place: string): void {
    const { deed } = taken.plan
    if ((deed.does !== 'throw' && deed.does !== 'call') || deed.at !== place) return
    if (deed.does === 'call') {
      if (this.#do(taken, null)) this.#events.call(deed.what, taken)
      return
    }
    if (this.#do(taken, costOf(place as Callback))) {
      if (place === 'onSend' || place === 'onAcknowledgement')
        this.#events.intercepted(thrown[deed.what])
      throw thrown[deed.what]
    }
  }

  #mayDetach(taken: Taken, detach: () => void): void {
    taken.harmed = null
    taken.mayFail = byRecord
    this.#events.after(1, detach)
  }

  #iterable(list: readonly Header[], taken: () => Taken, isSecond: boolean): object {
    let reads = 0
    return {
      [Symbol.iterator]: () => {
        reads += 1
        if (reads === (isSecond ? 2 : 1)) {
          this.#do(taken(), byRecord)
          taken().harmed ??= byRecord
          throw thrown.error
        }
        return list.map(({ key, value }) => [key, value])[Symbol.iterator]()
      },
    }
  }

  #serialize({ taken }: Raw, at: 'key' | 'value'): unknown {
    const { id, plan } = taken
    const { deed } = plan
    const text = at === 'value' ? taken.text : `key of ${id}`
    const bytes = givenAs(text, plan)
    this.#at(taken, at)
    if (deed.does === 'reject' && deed.at === at) {
      this.#do(taken, bySerializer)
      return this.#later(deed.ms, () => Promise.reject(thrown[deed.what]))
    }
    if (deed.does === 'wait' && at === 'value') {
      this.#do(taken, deed.ms > 1e6 ? bySerializer : null)
      if (deed.ms > 1e6) this.#events.heldUp(taken)
      return this.#later(deed.ms, () => bytes)
    }
    if (deed.does !== 'give' || deed.at !== at) return bytes
    this.#do(taken, byRecord)
    const odd = oddBytes(deed.what, text, (detach) => this.#mayDetach(taken, detach))
    return deed.ms === null ? odd : this.#later(deed.ms, () => odd)
  }

  #later(ms: number, result: () => unknown): Promise<unknown> {
    return new Promise((resolve) => {
      if (ms === 0) resolve(null)
      else if (ms < 1e6) this.#events.after(ms, () => resolve(null))
    }).then(result)
  }

  #partition(record: object): unknown {
    const taken = this.of(record)
    const { deed } = taken.plan
    this.#at(taken, 'partitioner')
    if (deed.does !== 'place') return null
    this.#do(taken, ['PARTITIONER_FAILED'])
    return oddPartition(deed.what)
  }

  #onSend(record: ProducerRecord): unknown {
    const taken = this.of(record)
    const { deed } = taken.plan
    this.#at(taken, 'onSend')
    if (deed.does !== 'replace') return record
    this.#do(taken, null)
    return this.#replaced(record, taken, deed.what)
  }

  #replaced(record: ProducerRecord, taken: Taken, what: string): unknown {
    if (what === 'nothing' || what === 'number' || what === 'promise' || what === 'rejected') {
      this.#events.intercepted(TypeError)
      if (what === 'nothing') return undefined
      if (what === 'number') return 7
      return what === 'promise' ? Promise.resolve(record) : Promise.reject(thrown.text)
    }
    const { topic, partition, key, value, headers } = record
    const copy = { topic, partition, key, value, headers }
    if (what === 'mutated') taken.text = `${taken.text}!`
    return what === 'frozen' ? Object.freeze(copy) : copy
  }

  #onAcknowledgement(metadata: RecordMetadata, error: Error | null): unknown {
    const taken = this.of(metadata.record)
    const { deed } = taken.plan
    this.#events.told(taken, error)
    this.#at(taken, 'onAcknowledgement')
    if (deed.does === 'rejectTold') {
      this.#do(taken, null)
      this.#events.intercepted(thrown[deed.what])
      return Promise.reject(thrown[deed.what])
    }
    return undefined
  }
}

/** Null: it justifies no failure. */
function costOf(place: Callback | string): readonly string[] | null {
  if (place === 'onSend' || place === 'onAcknowledgement' || place === 'next') return null
  return place === 'partitioner' ? ['PARTITIONER_FAILED'] : byRecord
}
