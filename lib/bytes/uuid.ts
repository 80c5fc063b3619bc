// The id of a topic: sixteen bytes in messages, 22 characters of base64url everywhere else, as Kafka prints it.
//
// Invariant: the id that was read last is remembered in both forms. Requests and answers about one topic have the same
// id again and again, and Node's conversion takes half a microsecond. Used by reader.ts and writer.ts.

const size = 16
const characters = 22

/** Empty before the first. */
let lastText = ''
const lastBytes = Buffer.alloc(size)

/** The id at `at`. */
export function readUuid(bytes: Buffer, at: number): string {
  if (isLast(bytes, at)) return lastText
  const text = bytes.toString('base64url', at, at + size)
  bytes.copy(lastBytes, 0, at, at + size)
  lastText = text
  return text
}

/** Writes the id at `at`; false if `text` is none. */
export function writeUuid(bytes: Buffer, at: number, text: string): boolean {
  if (text === lastText && text !== '') {
    bytes.set(lastBytes, at)
    return true
  }
  return text.length === characters && bytes.write(text, at, size, 'base64url') === size
}

function isLast(bytes: Buffer, at: number): boolean {
  if (lastText === '') return false
  for (let index = 0; index < size; index += 1) {
    if (bytes[at + index] !== lastBytes[index]) return false
  }
  return true
}
