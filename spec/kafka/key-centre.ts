// A Kerberos key distribution centre (MIT's, from Debian's packages) for one spec file: on a
// loopback port, with its database and keytabs in a temporary folder. Programs that use it set
// KRB5_CONFIG to its krb5.conf. If it, or the npm package `kerberos`, is missing,
// `kerberosIsMissing` says why.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Kerberos } from '../../examples/gssapi.ts'
import { freePorts, until } from './broker-probe.ts'
import { ProcessGuard } from './process-guard.ts'

const run = promisify(execFile)
const realm = 'SPEC'
const startLimitMs = 10_000
/** Where Debian puts server programs; this folder is not on every user's path. */
const folders = ['/usr/sbin', '/usr/bin', '/usr/local/sbin']

function program(name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(existsSync)
}

/** Why Kerberos cannot be tested here, as a sentence; null if it can. */
export async function kerberosIsMissing(): Promise<string | null> {
  const missing = ['krb5kdc', 'kdb5_util', 'kadmin.local'].filter((name) => !program(name))
  if (missing.length > 0)
    return `${missing.join(', ')} is not installed (krb5-kdc, krb5-admin-server)`
  return (await loadKerberos()) === null ? 'the npm package kerberos is not installed' : null
}

/** The package `kerberos`, which is native code and therefore not always installed. */
export async function loadKerberos(): Promise<Kerberos | null> {
  const name: string = 'kerberos'
  const loaded = await import(name).catch(() => null)
  return loaded === null ? null : ((loaded.default ?? loaded) as Kerberos)
}

export interface KeyCentre {
  readonly realm: string
  /** For KRB5_CONFIG, and Java's `java.security.krb5.conf`. */
  readonly config: string
  /** Creates a principal with a random key, and the keytab that contains it. */
  keytab(principal: string): Promise<string>
  /** The path of another file in the same folder. */
  path(name: string): string
  stop(): Promise<void>
}

export async function startKeyCentre(): Promise<KeyCentre> {
  const guard = await ProcessGuard.open('to-kafka-kdc-')
  const path = (name: string) => join(guard.folder, name)
  const [port] = (await freePorts(1)) as [number]
  await writeFile(path('krb5.conf'), clientConfig(port))
  await writeFile(path('kdc.conf'), serverConfig(port, path))
  const env = { ...process.env, KRB5_CONFIG: path('krb5.conf'), KRB5_KDC_PROFILE: path('kdc.conf') }
  const admin = (query: string) =>
    run(program('kadmin.local')!, ['-r', realm, '-q', query], { env })
  await run(program('kdb5_util')!, ['create', '-r', realm, '-s', '-P', 'of this spec'], { env })

  let said = ''
  const child = spawn(program('krb5kdc')!, ['-n'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  await once(child, 'spawn')
  guard.add(child.pid!)
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await guard.release()
  }
  try {
    await until(
      () => answers(port),
      startLimitMs,
      () => `krb5kdc does not serve: ${said}`,
    )
  } catch (error) {
    await stop()
    throw error
  }
  const keytab = async (principal: string) => {
    const file = path(`${principal.replace('/', '-')}.keytab`)
    await admin(`addprinc -randkey ${principal}`)
    await admin(`ktadd -k ${file} ${principal}`)
    return file
  }
  return { realm, config: path('krb5.conf'), keytab, path, stop }
}

/** No name is looked up, neither the centre's nor those of principals. */
function clientConfig(port: number): string {
  return `[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  ${realm} = {
    kdc = 127.0.0.1:${port}
  }
`
}

function serverConfig(port: number, path: (name: string) => string): string {
  return `[kdcdefaults]
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${realm} = {
    database_name = ${path('principal')}
    key_stash_file = ${path('stash')}
    acl_file = ${path('acl')}
  }
`
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => end(true)).on('error', () => end(false))
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
  })
}
