import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as rxjs from 'rxjs'
import * as toKafka from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { readSource } from './support/source-file.ts'

// The rules of the project, checked against the files. ARCHITECTURE.md says why.

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Which folder may import which. A row may import what it lists and nothing else; `open` is for
 * all.
 */
const below: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  collections: [],
  bytes: ['errors'],
  security: ['collections', 'errors'],
  partitioners: ['bytes', 'errors'],
  serialization: ['errors'],
  metrics: ['collections', 'errors'],
  records: ['bytes', 'errors'],
  protocol: ['bytes', 'errors'],
  topics: ['protocol'],
  wire: ['protocol', 'security', 'bytes', 'collections', 'errors'],
  cluster: ['wire', 'topics', 'protocol', 'collections', 'errors'],
  accumulator: ['topics', 'records', 'collections', 'errors'],
  sender: ['accumulator', 'topics', 'protocol', 'records', 'collections', 'errors'],
  stages: [
    'accumulator',
    'sender',
    'serialization',
    'partitioners',
    'topics',
    'records',
    'collections',
    'bytes',
    'errors',
  ],
  config: [
    'partitioners',
    'serialization',
    'accumulator',
    'sender',
    'cluster',
    'wire',
    'security',
    'records',
    'metrics',
    'errors',
  ],
  producer: [
    'stages',
    'config',
    'security',
    'sender',
    'accumulator',
    'cluster',
    'topics',
    'wire',
    'serialization',
    'partitioners',
    'protocol',
    'records',
    'metrics',
    'telemetry',
    'collections',
    'errors',
  ],
  telemetry: ['metrics', 'wire', 'protocol', 'records', 'collections', 'errors'],
  operators: ['producer', 'stages', 'config', 'collections', 'errors'],
  opentelemetry: ['producer'],
  testing: ['config', 'security', 'wire', 'protocol', 'records', 'bytes', 'collections', 'errors'],
}
const open = ['model.ts', 'runtime.ts', 'observer.ts']

/** Packages that the library may import, in addition to Node's own modules. */
const packages = ['rxjs', 'snappyjs', 'crc-32/crc32c.js', 'lz4-wasm-nodejs', '@opentelemetry/api']

/** Files that may be longer than `linesMax`, with their limit and the reason. */
const linesMax = 250
const longer: Readonly<Record<string, readonly [lines: number, why: string]>> = {
  'accumulator/accumulator.ts': [330, 'one actor: from records to leases'],
  'accumulator/batch.ts': [420, 'one state machine, with the bytes that every state holds'],
  'cluster/cluster.ts': [435, 'one actor: whom to ask, when, and who goes first'],
  'cluster/topology.ts': [260, 'one picture, and all that changes it'],
  'config/oauthbearer-config.ts': [300, 'generated: a doc comment for each key'],
  'producer/engine.ts': [490, 'one actor: what enters, what is outstanding, and how it ends'],
  'sender/partition-line.ts': [270, 'one actor: all rules of order and numbering'],
  'producer/kafka-producer.ts': [370, 'the public face: a doc comment for each call'],
  'operators/units.ts': [
    305,
    'one actor: messages, their transactions, and in which order these end',
  ],
  'producer/wiring.ts': [312, 'the one place that connects all actors'],
  'producer/transaction-queue.ts': [380, 'one actor: whose turn it is, and how each turn ends'],
  'sender/transactions.ts': [485, 'one state machine: what is open, and how it ends'],
  'sender/sender.ts': [360, 'one actor: what is due, what is settled, and how it ends'],
  'testing/topic-reader.ts': [295, 'one actor: whom to ask, what, and how far'],
  'stages/partition.ts': [265, 'one stage: partitions, and who waits for metadata'],
  'stages/accumulate.ts': [270, 'one stage: batches by partition, and who waits for memory'],
  'wire/connection.ts': [495, 'one state machine over one socket'],
}

/** Files that have another spec than their own; `*` stands for any part of a name. */
const provenIn: Readonly<Record<string, string>> = {
  'accumulator/batch-bytes.ts': 'accumulator/batch-spec.ts',
  'accumulator/unreadable.ts': 'accumulator/accumulator-spec.ts',
  'bytes/zlib.ts': 'records/compression-spec.ts',
  'cluster/changes.ts': 'cluster/topology-spec.ts',
  'cluster/nearby.ts': 'scenarios/racks-spec.ts',
  'cluster/brokers.ts': 'cluster/cluster-spec.ts',
  'metrics/reading.ts': 'scenarios/reporters-spec.ts',
  'producer/measured.ts': 'scenarios/reporters-spec.ts',
  'cluster/discovery.ts': 'cluster/cluster-spec.ts',
  'config/checks.ts': 'config/resolve-config-spec.ts',
  'config/security.ts': 'config/resolve-config-spec.ts',
  'config/foreign-keys.ts': 'config/unknown-key-spec.ts',
  'config/oauthbearer-grants.ts': 'config/oauthbearer-spec.ts',
  'config/oauthbearer-tls.ts': 'config/oauthbearer-spec.ts',
  'config/text-file.ts': 'config/oauthbearer-spec.ts',
  'config/keys-*.ts': 'config/keys-spec.ts',
  'config/problems.ts': 'config/resolve-config-spec.ts',
  'config/plugins.ts': 'config/resolve-config-spec.ts',
  'config/words.ts': 'config/parse-spec.ts',
  'errors/is-kafka-error.ts': 'errors/kafka-error-spec.ts',
  'errors/*-error.ts': 'errors/kafka-error-spec.ts',
  'lz4.ts': 'bundle-spec.ts',
  'opentelemetry.ts': 'opentelemetry/tracing-spec.ts',
  'opentelemetry/convention.ts': 'opentelemetry/tracing-spec.ts',
  'metrics/*.ts': 'metrics/producer-metrics-spec.ts',
  'operators/async-puller.ts': 'operators/paced-spec.ts',
  'operators/async-source.ts': 'operators/paced-spec.ts',
  'operators/empty-items.ts': 'operators/to-kafka-each-spec.ts',
  'operators/intake.ts': 'operators/exactly-once-spec.ts',
  'operators/source-offsets.ts': 'operators/exactly-once-spec.ts',
  'operators/transactional-source.ts': 'operators/in-transaction-spec.ts',
  'operators/undelivered.ts': 'operators/delivery-spec.ts',
  'operators/unit.ts': 'operators/exactly-once-spec.ts',
  'operators/units.ts': 'operators/exactly-once-spec.ts',
  'producer/asking.ts': 'producer/wiring-spec.ts',
  'producer/channels.ts': 'producer/herald-spec.ts',
  'producer/cluster-transactions.ts': 'scenarios/transactions-spec.ts',
  'producer/group-metadata.ts': 'scenarios/transactions-spec.ts',
  'producer/producer-pool.ts': 'scenarios/transactions-spec.ts',
  'producer/transaction-*.ts': 'scenarios/transactions-spec.ts',
  'producer/transactional.ts': 'scenarios/transactions-spec.ts',
  'producer/place.ts': 'producer/topics-spec.ts',
  'producer/client-instance-id.ts': 'scenarios/telemetry-spec.ts',
  'telemetry/*.ts': 'scenarios/telemetry-spec.ts',
  'producer/assembly.ts': 'producer/kafka-producer-spec.ts',
  'producer/by-signal.ts': 'producer/readiness-spec.ts',
  'producer/closing.ts': 'scenarios/flush-and-close-spec.ts',
  'protocol/*.ts': 'protocol/codec-spec.ts',
  'protocol/messages/*.ts': 'protocol/apache-definitions-spec.ts',
  'records/batch-writer.ts': 'records/golden-batches-spec.ts',
  'records/snappy.ts': 'records/compression-spec.ts',
  'records/zstd.ts': 'records/compression-spec.ts',
  'security/builtin.ts': 'security/tls-contexts-spec.ts',
  'security/der.ts': 'security/key-material-spec.ts',
  'security/jks.ts': 'security/key-material-spec.ts',
  'security/pbe.ts': 'security/key-material-spec.ts',
  'security/pem.ts': 'security/key-material-spec.ts',
  'security/pkcs12.ts': 'security/key-material-spec.ts',
  'security/rc2.ts': 'security/key-material-spec.ts',
  'security/roots.ts': 'security/tls-contexts-spec.ts',
  'security/store.ts': 'security/key-material-spec.ts',
  'security/security-settings.ts': 'config/resolve-config-spec.ts',
  'security/cryptography.ts': 'security/scram-spec.ts',
  'security/scram-*.ts': 'security/scram-spec.ts',
  'security/secret.ts': 'security/plain-spec.ts',
  'serialization/*.ts': 'serialization/serializers-spec.ts',
  'sender/coordinator.ts': 'sender/transactions-spec.ts',
  'sender/transaction-age.ts': 'sender/transactions-spec.ts',
  'sender/transaction-calls.ts': 'sender/transactions-spec.ts',
  'sender/transaction-coordinators.ts': 'sender/transactions-spec.ts',
  'sender/transaction-faults.ts': 'sender/transactions-spec.ts',
  'sender/transaction-identity.ts': 'sender/transactions-spec.ts',
  'sender/transaction-partitions.ts': 'sender/transactions-spec.ts',
  'stages/lanes.ts': 'stages/serialize-spec.ts',
  'stages/record-bytes.ts': 'stages/serialize-spec.ts',
  'producer/backlog.ts': 'operators/exactly-once-spec.ts',
  'producer/misplaced-producer.ts': 'operators/to-kafka-spec.ts',
  'stages/holding.ts': 'stages/serialize-spec.ts',
  'stages/placing.ts': 'stages/partition-spec.ts',
  'stages/size-limit.ts': 'stages/accumulate-spec.ts',
  'stages/stale-topics.ts': 'stages/placement-pass-spec.ts',
  'stages/envelope.ts': 'stages/partition-spec.ts',
  'testing/answer-*.ts': 'testing/broker-model-spec.ts',
  'testing/broker-*.ts': 'testing/mock-cluster-spec.ts',
  'testing/cluster-parts.ts': 'testing/mock-cluster-spec.ts',
  'testing/fault-script.ts': 'testing/mock-cluster-spec.ts',
  'testing/listener-tls.ts': 'testing/secured-cluster-spec.ts',
  'testing/test-certificates.ts': 'testing/secured-cluster-spec.ts',
  'testing/just-started.ts': 'testing/broker-model-spec.ts',
  'testing/leader-hint.ts': 'testing/broker-model-spec.ts',
  'testing/mock-record.ts': 'testing/mock-cluster-spec.ts',
  'testing/one-batch.ts': 'testing/append-spec.ts',
  'testing/record-rules.ts': 'testing/append-spec.ts',
  'testing/topic-names.ts': 'testing/cluster-state-spec.ts',
  'testing/reader-*.ts': 'testing/topic-reader-spec.ts',
  'testing/request-places.ts': 'testing/exchange-spec.ts',
  'testing/sasl-*.ts': 'security/scram-spec.ts',
  'testing/scripted-cluster.ts': 'testing/mock-cluster-spec.ts',
  'testing/served-apis.ts': 'testing/exchange-spec.ts',
  'testing/simulated-*.ts': 'simulation/simulation-spec.ts',
  'testing/stale-epoch.ts': 'testing/broker-model-spec.ts',
  'testing/transaction-*.ts': 'testing/transaction-coordinator-spec.ts',
  'testing/virtual-clock.ts': 'simulation/simulation-spec.ts',
  'testing/weather.ts': 'simulation/simulation-spec.ts',
}

const libFiles = filesUnder(join(root, 'lib')).filter((path) => path.endsWith('.ts'))
const sources = new Map(libFiles.map((path) => [path, readSource(join(root, 'lib', path))]))
const modules = libFiles.filter((path) => !path.endsWith('.d.ts'))

describe('imports', () => {
  it('go one way, as the table says', () => {
    const wrong = localImports().filter(({ from, to }) => !mayImport(from, to))
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('have no cycle in the table itself', () => {
    const reached = (folder: string, path: readonly string[]): string[] =>
      path.includes(folder)
        ? [[...path, folder].join(' → ')]
        : (below[folder] ?? []).flatMap((next) => reached(next, [...path, folder]))
    expect(Object.keys(below).flatMap((folder) => reached(folder, []))).toEqual([])
  })

  it('name existing files by their full names', () => {
    const missing = localImports().filter(({ to }) => !libFiles.includes(to))
    expect(missing).toEqual([])
  })

  it('come from Node and the listed packages, and from nowhere else', () => {
    const foreign = [...sources].flatMap(([path, { imports }]) =>
      imports
        .filter((name) => !name.startsWith('.') && !packages.includes(name) && !isBuiltin(name))
        .map((name) => `${path}: ${name}`),
    )
    expect(foreign).toEqual([])
  })

  it('match the dependencies of the package', () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = packageJson()
    expect(dependencies).toEqual({ 'crc-32': '1.2.2', snappyjs: expect.any(String) })
    expect(Object.keys(peerDependencies)).toEqual(['@opentelemetry/api', 'lz4-wasm-nodejs', 'rxjs'])
    expect(peerDependenciesMeta).toEqual({
      '@opentelemetry/api': { optional: true },
      'lz4-wasm-nodejs': { optional: true },
    })
  })
})

describe('files', () => {
  it('are in the folders that the table names', () => {
    const folders = new Set(libFiles.filter((path) => path.includes('/')).map(folderOf))
    expect([...folders].sort()).toEqual(Object.keys(below).sort())
  })

  it('are named after one idea: no index.ts in a folder, no utils, common or helpers', () => {
    const vague = /(^|\/)(utils?|commons?|helpers?|misc)(\/|[.-])/
    const wrong = libFiles.filter((path) => /\/index\.ts$/.test(path) || vague.test(path))
    expect(wrong).toEqual([])
  })

  it('are short', () => {
    const long = [...sources].filter(([path, { lines }]) => lines > (longer[path]?.[0] ?? linesMax))
    expect(long.map(([path, { lines }]) => `${path}: ${lines} lines`)).toEqual([])
  })

  it('are long if they are allowed to be', () => {
    const short = Object.keys(longer).filter((path) => (sources.get(path)?.lines ?? 0) <= linesMax)
    expect(short).toEqual([])
  })

  it('begin with a comment on what they own, or with their main declaration and its doc comment', () => {
    const silent = modules.filter((path) => {
      const text = readFileSync(join(root, 'lib', path), 'utf8')
      const head = text.split('\n').slice(0, 40).join('\n')
      return !/^(\/\/ |\/\*\*)/m.test(head)
    })
    expect(silent).toEqual([])
  })

  it('have their own spec, or one that is named here, or no code', () => {
    const unproven = modules.filter(
      (path) => !sources.get(path)!.isInert && !existsSync(specOf(path)) && !isProven(path),
    )
    expect(unproven).toEqual([])
  })

  it('that have another spec exist, and so do these specs', () => {
    const stale = Object.entries(provenIn).filter(
      ([pattern, spec]) =>
        !existsSync(join(root, 'spec', spec)) || !modules.some((path) => fits(path, pattern)),
    )
    expect(stale).toEqual([])
  })
})

describe('time, randomness and the network', () => {
  const banned =
    /^((new )?Date\b|(performance|nodeTimers|console|process)\.|Math\.random$|(set|clear)(Timeout|Interval|Immediate)$|queueMicrotask$|process$|console$)/

  // A configuration is read once, before anything runs: its providers read files and the environment.
  // Stores of keys are files, and are looked at before each connection. zlib and the package of lz4 are
  // code that is looked up when it is first needed.
  const ofMachine = [
    'wire/node-time.ts',
    'wire/transport.ts',
    'wire/outside.ts',
    'config/providers.ts',
    'security/builtin.ts',
    'bytes/zlib.ts',
    'records/lz4-package.ts',
  ]

  it("are parameters: only the real transport and the mock cluster use the machine's", () => {
    const wrong = [...sources]
      .filter(([path]) => !ofMachine.includes(path) && folderOf(path) !== 'testing')
      .flatMap(([path, { globals }]) =>
        [...globals].filter((name) => banned.test(name)).map((name) => `${path}: ${name}`),
      )
    expect(wrong).toEqual([])
  })

  it('would be found by the check', () => {
    const found = readSource(join(root, 'lib/wire/transport.ts')).globals
    const timers = ['nodeTimers.setTimeout', 'nodeTimers.setImmediate']
    const names = ['performance.now', 'Date.now', ...timers, 'Math.random']
    for (const name of names) {
      expect(found).toContain(name)
      expect(name).toMatch(banned)
    }
  })

  it("with timers, are Node's own: test environments replace the globals", () => {
    const replaced = /^((set|clear)(Timeout|Interval|Immediate)|queueMicrotask)$/
    const wrong = [...sources]
      .filter(([, { imports }]) => !imports.includes('node:timers/promises'))
      .flatMap(([path, { globals }]) =>
        [...globals].filter((name) => replaced.test(name)).map((name) => `${path}: ${name}`),
      )
    expect(wrong).toEqual([])
  })

  it('are not used by other files, which open no socket or file', () => {
    const io = /^node:(net|tls|https?|http2|dgram|fs|dns|child_process|worker_threads|timers)\b/
    const wrong = [...sources].filter(
      ([path, { imports }]) =>
        !ofMachine.includes(path) &&
        folderOf(path) !== 'testing' &&
        imports.some((name) => io.test(name)),
    )
    expect(wrong.map(([path]) => path)).toEqual([])
  })
})

describe('promises', () => {
  // What users pass in may be a promise: only there, and in code that waits for it.
  const ofUsers = [
    'security/secret.ts',
    'security/tokens.ts',
    'serialization/serializer.ts',
    'stages/serialize.ts',
    'stages/record-bytes.ts',
    'stages/lanes.ts',
    'collections/thenable.ts',
  ]
  const above = ['producer', 'operators', 'testing']

  it('are for users: below the producer nothing waits for one', () => {
    const wrong = [...sources]
      .filter(([path]) => !above.includes(folderOf(path)) && !ofUsers.includes(path))
      .flatMap(([path, { asynchrony }]) => asynchrony.map((where) => `${path}:${where}`))
    expect(wrong).toEqual([])
  })
})

describe('the public names', () => {
  it('do not clash with those of rxjs', () => {
    expect(Object.keys(toKafka).filter((name) => name in rxjs)).toEqual([])
  })
})

describe('what is committed', () => {
  const texts = repositoryFiles().map((path) => [path, readFileSync(join(root, path))] as const)

  it('names no local folder and no registry', () => {
    // Kafka's own image has its tools below /opt/kafka.
    const machine =
      /(?<![\w.])\/(root|home|Users|work|opt(?!\/kafka\/bin\/)|mnt)\/\w|[A-Z]:\\Users\\|file:\/\/\//
    const registry = /"resolved":|registry\.npmjs|npm\.pkg\.|artifactory|verdaccio/
    const wrong = texts
      .filter(([path]) => path !== join('spec', 'tidy-spec.ts'))
      .filter(([, bytes]) => !bytes.includes(0))
      .flatMap(([path, bytes]) =>
        bytes
          .toString()
          .split('\n')
          .map((line, index) => ({ line, where: `${path}:${index + 1}` })),
      )
      .filter(({ line }) => machine.test(line) || registry.test(line))
    expect(wrong.map(({ where }) => where)).toEqual([])
  })

  it('includes no large file', () => {
    const large = texts.filter(([, bytes]) => bytes.length > 200_000).map(([path]) => path)
    expect(large).toEqual([])
  })
})

function localImports(): { from: string; to: string }[] {
  return [...sources].flatMap(([from, { imports }]) =>
    imports
      .filter((name) => name.startsWith('.') || name === '(computed)')
      .map((name) => ({ from, to: normalize(join(dirname(from), name)).replaceAll(sep, '/') })),
  )
}

function mayImport(from: string, to: string): boolean {
  if (!from.includes('/'))
    return !open.includes(from) || open.includes(to) || ['errors', 'topics'].includes(folderOf(to))
  const [folder, other] = [folderOf(from), folderOf(to)]
  return folder === other || open.includes(to) || (below[folder]?.includes(other) ?? false)
}

/** The first part of a path in lib; a file at the top is its own part. */
function folderOf(path: string): string {
  return path.split('/')[0]!
}

function specOf(path: string): string {
  return join(root, 'spec', path.replace(/\.ts$/, '-spec.ts'))
}

function isProven(path: string): boolean {
  return Object.keys(provenIn).some((pattern) => fits(path, pattern))
}

function fits(path: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'))
  return new RegExp(`^${parts.join('[^/]*')}$`).test(path)
}

function isBuiltin(name: string): boolean {
  return name.startsWith('node:') && builtinModules.includes(name.slice('node:'.length))
}

function packageJson() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

/** All files but those that .gitignore names. */
function repositoryFiles(): string[] {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean)
  const isIgnored = (name: string) =>
    ignored.some((rule) =>
      rule.startsWith('*') ? name.endsWith(rule.slice(1)) : name === rule.replace(/\/$/, ''),
    )
  return filesUnder(root, (name) => name !== '.git' && !isIgnored(name))
}

function filesUnder(folder: string, wanted: (name: string) => boolean = () => true): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => wanted(name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesUnder(join(folder, entry.name), wanted).map((path) => join(entry.name, path))
        : [entry.name],
    )
    .map((path) => path.replaceAll(sep, '/'))
}
