import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { MockCluster } from 'to-kafka/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startCluster } from '../support/scenario.ts'
import { npmStart, type Outcome, run, start, startApart } from './program.ts'

let sample: Outcome
let folder: string
let cluster: MockCluster
let mine: Readonly<Record<string, string>>

// `npm start` builds; all later runs use what it has built.
beforeAll(async () => {
  sample = await npmStart()
  folder = await mkdtemp(join(tmpdir(), 'pipe-lines-'))
}, 600_000) // it builds the package, which takes minutes if other builds run at the same time

afterAll(() => folder && rm(folder, { recursive: true }))

beforeEach(async () => {
  cluster = await startCluster({ brokers: 2, topics: { 'pipe-lines': { partitions: 3 } } })
  mine = { KAFKA_BOOTSTRAP_SERVERS: cluster.bootstrapServers }
})

describe('npm start', () => {
  it('streams the sample through the embedded cluster and reads it back', () => {
    expect(sample.code, sample.stderr).toBe(0)
    expect(sample.stdout).toMatch(/alice\.txt → pipe-lines on the embedded mock cluster/)
    expect(sample.stdout).toMatch(/^ {2}records +3,604, each acknowledged once$/m)
    expect(sample.stdout).toMatch(/^read back: 3,604 records, byte for byte, in each partition/m)
  })

  it('reports bytes, batches, compression, partitions and throughput', () => {
    for (const name of [
      'bytes',
      'batches',
      'records per batch',
      'compression ratio',
      'partitions used',
      'throughput',
    ]) {
      expect(sample.stdout).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'))
    }
  })
})

describe('pipe-lines', () => {
  it('sends each line of a file byte for byte', async () => {
    const lines = ['plain', 'gr\u00fc\u00dfe', '', 'not \xff utf-8', 'last'].map((line) =>
      Buffer.from(line, 'latin1'),
    )
    const file = await written(
      Buffer.from('plain\r\ngr\xfc\xdfe\n\r\nnot \xff utf-8\nlast', 'latin1'),
    )

    const { code, stderr } = await run([file], mine)

    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect((await cluster.records('pipe-lines')).map(({ value }) => value)).toEqual(lines)
    expect(cluster.violations).toEqual([])
  })

  it('reads standard input if the file is -', async () => {
    const { stdout } = await run(['-'], mine, 'one\ntwo\nthree\n')
    expect(stdout).toMatch(/^standard input → pipe-lines on 127\.0\.0\.1:/)
    expect(stdout).toMatch(/read back: 3 records/)
  })

  it('resolves a path relative to the folder in which npm was called', async () => {
    await writeFile(join(folder, 'near.txt'), 'here\n')
    const called = { npm_lifecycle_event: 'start', INIT_CWD: folder }
    expect((await run(['near.txt'], { ...mine, ...called })).stdout).toMatch(/^near\.txt → /)
  })

  it('keys each line with its first word if KAFKA_KEYED is 1', async () => {
    await run(['-'], { ...mine, KAFKA_KEYED: '1' }, 'a 1\nb 1\na 2\n\nb 2\n')
    const found = await cluster.records('pipe-lines')
    const of = (key: string | null) => found.filter(({ keyText }) => keyText === key)
    expect(of('a').map(({ valueText }) => valueText)).toEqual(['a 1', 'a 2'])
    expect(of('b').map(({ valueText }) => valueText)).toEqual(['b 1', 'b 2'])
    expect(of(null).map(({ valueText }) => valueText)).toEqual([''])
    expect(new Set(of('a').map(({ partition }) => partition)).size).toBe(1)
  })

  it('writes to the topic that KAFKA_TOPIC names', async () => {
    cluster.createTopic('other')
    await run(['-'], { ...mine, KAFKA_TOPIC: 'other' }, 'x\n')
    expect(await cluster.records('other')).toHaveLength(1)
  })

  it('sends nothing for an empty file', async () => {
    const { code, stdout } = await run([await written(Buffer.alloc(0))], mine)
    expect(code).toBe(0)
    expect(stdout).toMatch(/has no lines: nothing was sent\n$/)
  })

  it('survives a leader change and a lost connection', async () => {
    cluster.on('Produce', { nth: 2 }).closeAfterAppend()
    cluster.on('Produce', { nth: 4 }).call(() => cluster.moveLeader('pipe-lines', 0, 2))
    const { code, stdout } = await run([], mine)
    expect(stdout).toMatch(/read back: 3,604 records, byte for byte/)
    expect(code).toBe(0)
  })

  it('streams a million lines with memory that does not grow', async () => {
    // Node 24 lets the young generation of the heap grow twice as large as Node 20 before it
    // collects.
    const options = { NODE_OPTIONS: '--max-semi-space-size=16' }
    const { child, outcome } = startApart(['-'], { ...mine, ...options })
    await pipeline(Readable.from(millionLines()), child.stdin!)
    const { code, stdout, stderr } = await outcome
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/read back: 1,000,000 records, byte for byte/)
    const megabytes = Number(/peak memory +([\d.]+) MB/.exec(stdout)?.[1])
    expect(megabytes).toBeLessThan(200)
  })
})

describe('pipe-lines, when something is wrong,', () => {
  it.each([
    [
      'the file is missing',
      ['no-such-file'],
      {},
      /^pipe-lines: cannot read no-such-file: there is/,
    ],
    ['the file is a folder', ['.'], {}, /^pipe-lines: cannot read \.: it is a folder$/],
    [
      'the topic is missing',
      ['-'],
      { KAFKA_TOPIC: 'nowhere' },
      /^pipe-lines: .*nowhere: UNKNOWN_TOPIC_OR_PARTITION, .*create it, or name another in KAFKA_TOPIC/,
    ],
    [
      'nothing listens',
      ['-'],
      { KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' },
      /^pipe-lines: cannot read from 127\.0\.0\.1:1: connect ECONNREFUSED/,
    ],
    [
      'the address is invalid',
      ['-'],
      { KAFKA_BOOTSTRAP_SERVERS: 'localhost' },
      /^pipe-lines: "localhost" is not host:port$/,
    ],
  ])('says in one sentence that %s', async (_, args, env, sentence) => {
    const { code, stdout, stderr } = await run(args, { ...mine, ...env }, 'a line\n')
    expect(stdout).toBe('')
    expect(stderr.trimEnd()).toMatch(sentence)
    expect(stderr.trimEnd()).not.toContain('\n')
    expect(code).toBe(1)
  })

  it('says which line is too long, and what was delivered before', async () => {
    const { code, stderr } = await run(['-'], mine, `one\n${'x'.repeat(1_200_000)}`)
    expect(stderr).toMatch(/^pipe-lines: line 2 is longer than 1048576 bytes; 1 lines were acknow/)
    expect(code).toBe(1)
  })
})

describe('Ctrl-C', () => {
  it('delivers what was read, verifies it, and exits with 130', async () => {
    const { child, outcome } = start(['-'], mine)
    const produced = new Promise<void>((resolve) => {
      cluster.on('Produce', { nth: 1 }).call(() => resolve())
    })
    child.stdin!.write('one\ntwo\nthree\nunfinished')
    await produced
    child.kill('SIGINT')

    const { code, stdout } = await outcome
    expect(code).toBe(130)
    expect(stdout).toMatch(/^standard input \(interrupted\) → /)
    const values = (await cluster.records('pipe-lines')).map(({ valueText }) => valueText)
    expect(values).toEqual(['one', 'two', 'three'])
  })

  it('exits at once the second time', async () => {
    const { child, outcome } = start(['-'], mine)
    const stuck = new Promise<void>((resolve) => {
      cluster
        .on('Produce')
        .call(() => resolve())
        .hang()
    })
    child.stdin!.write('one\n')
    await stuck
    child.kill('SIGINT')
    // Both signals of one key press may arrive, so the second press has to come a moment later; so
    // may a third.
    const again = setInterval(() => child.kill('SIGINT'), 100)

    const { code, stdout } = await outcome
    clearInterval(again)
    expect(code).toBe(130)
    expect(stdout).toBe('')
  })
})

let files = 0

async function written(content: Buffer): Promise<string> {
  files += 1
  const path = join(folder, `${files}.txt`)
  await writeFile(path, content)
  return path
}

function* millionLines(): Generator<string> {
  for (let chunk = 0; chunk < 1000; chunk += 1) {
    let text = ''
    for (let line = 0; line < 1000; line += 1) {
      text += `${chunk * 1000 + line} the quick brown fox jumps over the lazy dog, again and again\n`
    }
    yield text
  }
}
