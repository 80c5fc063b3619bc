// What the benchmarks send: values created in the loop, as an application would do, and text-like, so that they can
// be compressed.

const words = 'order customer payment status shipped address total currency item price '.repeat(16)

/** `value(index)` makes the string of `size` ASCII characters that record `index` carries. */
export function values(size) {
  const length = size - 11
  return (index) => words.slice(index % 64, (index % 64) + length) + String(index).padStart(11, '0')
}

/** Only the loop: the reference for everything else. */
export function make(count, record) {
  let length = 0
  for (let index = 0; index < count; index += 1) length += record(index).value.length
  return length
}
