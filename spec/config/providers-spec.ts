// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Kafka writes its variables so
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromProperties } from '../../lib/config/from-properties.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { ConfigError } from '../../lib/errors/config-error.ts'

const classes = 'org.apache.kafka.common.config.provider'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'providers-'))
  writeFileSync(join(folder, 'shared.properties'), 'servers=a\\:9092,b:9092\nlinger=25\nid=it\n')
  mkdirSync(join(folder, 'mounted'))
  writeFileSync(join(folder, 'mounted', 'client'), 'orders\n')
  process.env['PROVIDERS_SPEC_ACKS'] = '1'
})

afterAll(() => {
  rmSync(folder, { recursive: true })
  delete process.env['PROVIDERS_SPEC_ACKS']
})

function resolved(lines: readonly string[]) {
  return resolveConfig(fromProperties(lines.join('\n')))
}

function refused(lines: readonly string[]): ConfigError {
  try {
    resolved(lines)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('it was accepted')
}

const all = [
  'config.providers=file,dir,env',
  `config.providers.file.class=${classes}.FileConfigProvider`,
  `config.providers.dir.class=${classes}.DirectoryConfigProvider`,
  `config.providers.env.class=${classes}.EnvVarConfigProvider`,
]

describe('the variables in a configuration', () => {
  it('are filled in from a file, a folder and the environment', () => {
    const settings = resolved([
      ...all,
      `bootstrap.servers=\${file:${folder}/shared.properties:servers}`,
      `linger.ms=\${file:${folder}/shared.properties:linger}`,
      `client.id=\${dir:${folder}/mounted:client}`,
      'acks=${env:PROVIDERS_SPEC_ACKS}',
    ])
    expect(settings).toMatchObject({
      bootstrapServers: [
        { host: 'a', port: 9092 },
        { host: 'b', port: 9092 },
      ],
      lingerMs: 25,
      clientId: 'orders',
      acks: 1,
    })
  })

  it('may be parts of a value, also several of them', () => {
    const id = `\${file:${folder}/shared.properties:id}`
    const settings = resolved([...all, 'bootstrap.servers=a:1', `client.id=${id}-${id}-2`])
    expect(settings.clientId).toBe('it-it-2')
  })

  it('stay unchanged without config.providers, and if no provider has that name', () => {
    const text = 'client.id=${env:PROVIDERS_SPEC_ACKS}'
    expect(resolved(['bootstrap.servers=a:1', text]).clientId).toBe('${env:PROVIDERS_SPEC_ACKS}')
    const other = [...all, 'bootstrap.servers=a:1', 'client.id=${vault:x:y}']
    expect(resolved(other).clientId).toBe('${vault:x:y}')
  })

  it.each([
    ['${file:/no/such.properties:x}', 'the file does not exist'],
    ['${env:PROVIDERS_SPEC_NONE}', "the environment has no 'PROVIDERS_SPEC_NONE'"],
    ['${env:path:PROVIDERS_SPEC_ACKS}', 'a variable of the environment has no path'],
    ['${dir:/no/such:x}', 'the file does not exist'],
  ])('without a value are an error: %s', (text, why) => {
    const error = refused([...all, 'bootstrap.servers=a:1', `client.id=${text}`])
    expect(error.message).toBe(`client.id: ${text} has no value: ${why}`)
    expect(error).toMatchObject({ code: 'INVALID_VALUE', key: 'client.id' })
  })

  it('without a value in an existing file or folder are an error', () => {
    const inFile = refused([...all, `client.id=\${file:${folder}/shared.properties:nothing}`])
    expect(inFile.message).toContain("the file has no 'nothing'")
    const inFolder = refused([...all, `client.id=\${dir:${folder}/mounted:../shared.properties}`])
    expect(inFolder.message).toContain('the folder has no file')
    const aFolder = refused([...all, `client.id=\${file:${folder}:x}`])
    expect(aFolder.message).toContain('it is not a file')
  })

  it('reach only what the parameters allow', () => {
    const narrow = [
      ...all,
      'bootstrap.servers=a:1',
      `config.providers.file.param.allowed.paths=${folder}/mounted`,
      'config.providers.env.param.allowlist.pattern=ALLOWED_.*',
    ]
    const outside = refused([
      ...narrow,
      `client.id=\${file:${folder}/mounted/../shared.properties:id}`,
    ])
    expect(outside.message).toContain('not below one of param.allowed.paths')
    const sibling = refused([...narrow, `client.id=\${file:${folder}/mounted-too:id}`])
    expect(sibling.message).toContain('not below one of param.allowed.paths')
    const hidden = refused([...narrow, 'client.id=${env:PROVIDERS_SPEC_ACKS}'])
    expect(hidden.message).toContain("the environment has no 'PROVIDERS_SPEC_ACKS'")
  })

  it('do not show their value if it is not valid', () => {
    const lines = [...all, 'bootstrap.servers=a:1', `linger.ms=\${dir:${folder}/mounted:client}`]
    const error = refused(lines)
    expect(error.message).toBe(
      'linger.ms: the value of its variable is not valid: it must be an integer, 0 or more (ms)',
    )
    expect(error.value).toBe('[hidden]')
    expect(JSON.stringify(error)).not.toContain('orders')
  })

  it('need the class of each provider', () => {
    expect(refused(['bootstrap.servers=a:1', 'config.providers=env']).message).toContain(
      'config.providers.env.class is missing: it must be one of org.apache.kafka.common.config.provider.File',
    )
    const own = ['config.providers=x', 'config.providers.x.class=com.example.Vault']
    expect(refused(['bootstrap.servers=a:1', ...own])).toMatchObject({
      code: 'NOT_SUPPORTED',
      key: 'config.providers.x.class',
    })
  })

  it.each(['env,a b', 'https://host/x', ['env', 'a.b']])(
    'need names that are valid in a key: %o',
    (names) => {
      const config = {
        'bootstrap.servers': 'a:1',
        'config.providers': names,
        'config.providers.env.class': `${classes}.EnvVarConfigProvider`,
      }
      expect(() => resolveConfig(config as never)).toThrow(
        'config.providers has an invalid name; allowed: names of letters, digits, _ and -',
      )
    },
  )

  it('refuse a key of a provider that config.providers does not name', () => {
    const lines = [
      'bootstrap.servers=a:1',
      `config.providers.env.class=${classes}.EnvVarConfigProvider`,
    ]
    expect(refused(lines).message).toBe(
      "'config.providers.env.class' belongs to a provider that config.providers does not list",
    )
  })
})
