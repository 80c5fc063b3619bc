// The certificates and stores of spec/support/certificates, which make.sh made.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The path of one of these files. */
export function certificatePath(file: string): string {
  return fileURLToPath(new URL(`./certificates/${file}`, import.meta.url))
}

/** The text of one: `authority.pem`, `server-key.pem`, … */
export function certificateText(file: string): string {
  return readFileSync(certificatePath(file), 'utf8')
}

/** The password of all keys and stores. */
export const password = 'changeit'
