// The valid names of topics, as in brokers.

/** The same in words. */
export const nameForm =
  "it must be 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', but not '.' or '..' alone"

/** 1 to 249 of the characters that Kafka allows, and neither `.` nor `..`. */
export function isTopicName(name: unknown): boolean {
  if (typeof name !== 'string') return false
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
}
