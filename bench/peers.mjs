// The other clients in the tables. None is a dependency: `npm run bench:peers` installs those of npm into
// build/peers/; kcat (librdkafka) is a Debian package. A missing one is reported and left out.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../build/peers/', import.meta.url))
const require = createRequire(`${folder}package.json`)

/** A module of another client; null if it is not installed. */
export async function peer(name) {
  try {
    return await import(require.resolve(name))
  } catch {
    console.error(`${name} is not installed (npm run bench:peers): left out`)
    return null
  }
}

/** The version that was measured. */
export function versionOf(name) {
  return require(`${folder}node_modules/${name}/package.json`).version
}

export const hasKcat = existsSync('/usr/bin/kcat')
