import type { BorderRecord, OddBytes, OddPartition, Thing } from './border-scenario.ts'

// What misbehaving user code throws, and what it returns instead of bytes and partitions.

const revoked = Proxy.revocable({}, {})
revoked.revoke()

class Speechless extends Error {
  override get message(): string {
    throw new Error('no words')
  }
}

/** Everything that is thrown, so that an outlet recognises it. */
export const thrown: Readonly<Record<Thing, unknown>> = {
  error: new Error('user code throws'),
  undefined: undefined,
  null: null,
  text: 'user code throws text',
  symbol: Symbol('user code throws'),
  frozen: Object.freeze(new Error('nobody may change it')),
  revoked: revoked.proxy,
  speechless: new Speechless(),
  // biome-ignore lint/suspicious/noThenProperty: somebody may throw what looks like a promise
  thenable: { then() {} },
}

/** Whether user code has thrown it, alone or wrapped by RxJS with other exceptions. */
export function isThrown(what: unknown): boolean {
  const known = new Set(Object.values(thrown))
  if (known.has(what)) return true
  const { errors } = (what ?? {}) as { errors?: unknown }
  return Array.isArray(errors) && errors.every(isThrown)
}

/** The text of a record's value, which identifies it in a log. */
export function textOf(id: string, { bytes, as }: BorderRecord): string {
  return `${id};${(as === 'text' ? 'ü' : 'x').repeat(bytes)}`
}

/** Whether a record has the one header that records have. */
export function hasHeader({ hasHeaders, deed }: BorderRecord): boolean {
  const isAtHeader = (deed.does === 'give' || deed.does === 'throw') && deed.at === 'header'
  return hasHeaders || isAtHeader
}

/** As a serializer gives it. */
export function givenAs(text: string, { as }: BorderRecord): string | Uint8Array {
  return as === 'bytes' ? Uint8Array.from(Buffer.from(text)) : text
}

/** In place of the bytes of `text`; `later` is given what detaches them. */
export function oddBytes(
  what: OddBytes,
  text: string,
  later: (detach: () => void) => void,
): unknown {
  if (what === 'number') return 7
  if (what === 'object') return {}
  if (what === 'undefined') return undefined
  const bytes = Uint8Array.from(Buffer.from(text))
  if (what === 'proxy') return new Proxy(bytes, {})
  if (what === 'fake') return Object.create(Uint8Array.prototype)
  if (what === 'outOfBounds') return outOfBounds()
  if (what === 'detached') detach(bytes)
  else later(() => detach(bytes))
  return bytes
}

function detach(bytes: Uint8Array<ArrayBuffer>): void {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
}

/** A view of a buffer that has shrunk since. */
function outOfBounds(): Uint8Array {
  const Resizable = ArrayBuffer as unknown as new (
    size: number,
    options: object,
  ) => ArrayBuffer & { resize(size: number): void }
  const buffer = new Resizable(16, { maxByteLength: 32 })
  const view = new Uint8Array(buffer, 8, 8)
  buffer.resize(4)
  return view
}

/** Returned instead of a partition. */
export function oddPartition(what: OddPartition): unknown {
  if (what === 'text') return '0'
  if (what === 'object') return { valueOf: () => 0 }
  if (what === 'promise') return Promise.resolve(0)
  if (what === 'rejected') return Promise.reject(thrown.text)
  return Number(what)
}
