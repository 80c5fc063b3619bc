// Replaces the variables of a configuration, `${provider:path:key}`, as Kafka's ConfigTransformer does
// (KIP-297, KIP-421), with Apache's own providers by their class names, which configurations of Strimzi and
// Connect use. A missing value is an error here; Java leaves the variable as it is.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, resolve, sep } from 'node:path'
import { ConfigError } from '../errors/config-error.ts'
import { fromProperties } from './from-properties.ts'
import type { Problems } from './problems.ts'

const listKey = 'config.providers'
const variable = /\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}/g

/** A provider's values under a path: a value, or why it has none. */
type Lookup = (path: string, key: string) => { readonly value: string } | { readonly why: string }

/** Reads `config.providers.<name>.param.<parameter>`. */
type Parameter = (name: string) => string | undefined

const apache = 'org.apache.kafka.common.config.provider.'
const classes: Readonly<Record<string, (parameter: Parameter) => Lookup>> = {
  [`${apache}FileConfigProvider`]: fileProvider,
  [`${apache}DirectoryConfigProvider`]: directoryProvider,
  [`${apache}EnvVarConfigProvider`]: environmentProvider,
}

/** Whether a key belongs to a provider: `config.providers.file.class`. */
export function isProviderKey(name: string): boolean {
  return /^config\.providers\.\w[\w-]*\.(class|param\.[\w.-]+)$/.test(name)
}

/**
 * The values that contain variables, with these replaced; none without `config.providers`. Only strings can
 * have variables.
 */
export function filledIn<K extends string>(
  given: ReadonlyMap<K, unknown>,
  ofProviders: ReadonlyMap<string, unknown>,
  problems: Problems,
): ReadonlyMap<K, string> {
  const named = namesIn(given.get(listKey as K))
  const names = named.filter((name) => nameForm.test(name))
  if (names.length < named.length) problems.add(misnamed())
  for (const key of ofProviders.keys()) {
    if (!names.some((name) => key.startsWith(`${listKey}.${name}.`))) problems.add(stray(key))
  }
  const lookups = new Map<string, Lookup>()
  for (const name of names) {
    problems.attempt(() => lookups.set(name, lookupOf(name, ofProviders)))
  }
  const filled = new Map<K, string>()
  for (const [key, value] of given) {
    if (typeof value !== 'string') continue
    problems.attempt(() => {
      const text = replaced(key, value, lookups)
      if (text !== value) filled.set(key, text)
    })
  }
  return filled
}

function namesIn(list: unknown): readonly string[] {
  const names = typeof list === 'string' ? list.split(',') : Array.isArray(list) ? list : []
  return names.map((name) => `${name}`.trim()).filter((name) => name !== '')
}

const nameForm = /^\w[\w-]*$/

/** The name is not shown: it may be anything that was pasted in the wrong place. */
function misnamed(): ConfigError {
  const allowed = 'names of letters, digits, _ and -'
  const message = `${listKey} has an invalid name; allowed: ${allowed}`
  return new ConfigError('INVALID_VALUE', message, { key: listKey, allowed })
}

function stray(key: string): ConfigError {
  const message = `'${key}' belongs to a provider that ${listKey} does not list`
  return new ConfigError('UNKNOWN_KEY', message, { key, allowed: `${listKey}: 'file,env'` })
}

function lookupOf(name: string, settings: ReadonlyMap<string, unknown>): Lookup {
  const key = `${listKey}.${name}.class`
  const wanted = settings.get(key)
  const made = typeof wanted === 'string' ? classes[wanted.trim()] : undefined
  const allowed = Object.keys(classes).join(', ')
  if (made === undefined) {
    const [code, what] =
      wanted === undefined
        ? (['MISSING', 'is missing'] as const)
        : (['NOT_SUPPORTED', 'is not the class of a provider that is known here'] as const)
    throw new ConfigError(code, `${key} ${what}: it must be one of ${allowed}`, { key, allowed })
  }
  return made((parameter) => {
    const value = settings.get(`${listKey}.${name}.param.${parameter}`)
    return value === undefined ? undefined : `${value}`
  })
}

function replaced(key: string, value: string, lookups: ReadonlyMap<string, Lookup>): string {
  return value.replace(variable, (text, name: string, path: string | undefined, wanted: string) => {
    const lookup = lookups.get(name)
    if (lookup === undefined) return text // not one of ours: a value may look like a variable
    const found = lookup(path ?? '', wanted)
    if ('value' in found) return found.value
    const message = `${key}: ${text} has no value: ${found.why}`
    throw new ConfigError('INVALID_VALUE', message, {
      key,
      value: text,
      allowed: 'a variable that has a value',
    })
  })
}

/** `${file:/path/to/file.properties:key}` */
function fileProvider(parameter: Parameter): Lookup {
  const isAllowed = allowedPaths(parameter)
  const read = new Map<string, Readonly<Record<string, unknown>>>()
  return (path, key) => {
    if (!isAllowed(path)) return { why: notAllowed }
    if (!read.has(path)) {
      const text = textOf(path)
      if ('why' in text) return text
      read.set(path, fromProperties(text.value) as unknown as Readonly<Record<string, unknown>>)
    }
    const entries = read.get(path)!
    return Object.hasOwn(entries, key)
      ? { value: `${entries[key]}` }
      : { why: `the file has no '${key}'` }
  }
}

/** `${dir:/path/to/folder:file}`: the content of a file, as in secrets mounted by Kubernetes. */
function directoryProvider(parameter: Parameter): Lookup {
  const isAllowed = allowedPaths(parameter)
  return (path, key) => {
    if (!isAllowed(path)) return { why: notAllowed }
    try {
      if (!readdirSync(path).includes(key)) return { why: `the folder has no file '${key}'` }
    } catch (error) {
      return { why: reasonOf(error) }
    }
    return textOf(resolve(path, key))
  }
}

/** `${env:NAME}` */
function environmentProvider(parameter: Parameter): Lookup {
  const pattern = patternOf(parameter('allowlist.pattern') ?? '.*')
  return (path, key) => {
    if (path !== '') return { why: 'a variable of the environment has no path' }
    const value = pattern.test(key) ? process.env[key] : undefined
    return value === undefined ? { why: `the environment has no '${key}'` } : { value }
  }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 's')
  } catch {
    const key = 'param.allowlist.pattern'
    const message = `${listKey}: ${key} is not a regular expression`
    throw new ConfigError('INVALID_VALUE', message, {
      key: listKey,
      allowed: 'a regular expression',
    })
  }
}

const notAllowed = 'its path is not below one of param.allowed.paths'

/** Without the parameter every path is allowed, as in Java. */
function allowedPaths(parameter: Parameter): (path: string) => boolean {
  const allowed = (parameter('allowed.paths') ?? '').split(',').map((path) => path.trim())
  const roots = allowed.filter((path) => path !== '').map((path) => resolve(path))
  return (path) => {
    const full = resolve(path)
    const isBelow = (root: string) => full === root || full.startsWith(root.replace(/[\\/]?$/, sep))
    return roots.length === 0 || (isAbsolute(path) && roots.some(isBelow))
  }
}

function textOf(path: string): { readonly value: string } | { readonly why: string } {
  try {
    if (!statSync(path).isFile()) return { why: 'it is not a file' }
    return { value: readFileSync(path, 'utf8') }
  } catch (error) {
    return { why: reasonOf(error) }
  }
}

/** `ENOENT`: together with the path in the variable, this is enough. */
function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' ? 'the file does not exist' : `it cannot be read (${code})`
}
