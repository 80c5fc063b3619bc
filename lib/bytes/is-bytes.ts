// Whether something is bytes, also of another realm: a `vm` context, as in some test runners, has a
// Uint8Array and an ArrayBuffer of its own, but Node's modules return Node's.

/** The type name of a typed array. */
const { get: nameOf } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!

/** A proxy of bytes, or an object that only inherits from them, has no readable bytes. */
export function isUint8Array(value: unknown): value is Uint8Array {
  if (!ArrayBuffer.isView(value)) return false
  return value instanceof Uint8Array || nameOf!.call(value) === 'Uint8Array'
}
