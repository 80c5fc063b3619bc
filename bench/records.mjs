// What the benchmarks send: values made in the loop from nothing, as an application would, text-like,
// so that a codec has something to do.

const words = 'order customer payment status shipped address total currency item price '.repeat(16)

/** `value(index)` makes the string of `size` ASCII characters that record `index` carries. */
export function values(size) {
  const length = size - 11
  return (index) => words.slice(index % 64, (index % 64) + length) + String(index).padStart(11, '0')
}

/** The loop alone: what everything else is held against. */
export function make(count, record) {
  let length = 0
  for (let index = 0; index < count; index += 1) length += record(index).value.length
  return length
}
