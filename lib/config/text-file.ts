// Files that keys name.

import { ConfigError } from '../errors/config-error.ts'
import { quoted, wordsOf } from '../errors/quoted.ts'
import { readText } from '../wire/outside.ts'
import type { KeyName } from './keys.ts'

/** The text of the file that a key names; a ConfigError if it cannot be read. */
export function readFile(key: KeyName, path: string): string {
  try {
    return readText(path)
  } catch (cause) {
    const message = `${key}: ${quoted(path)} cannot be read: ${wordsOf(cause)}`
    throw new ConfigError('INVALID_VALUE', message, { key, value: path, allowed: 'a file' })
  }
}
