// An independent client (kcat, librdkafka) lists, writes and reads the mock cluster. Skipped, with
// a notice, if kcat is not installed; with REQUIRE_KAFKA=1 that is a failure.

import { spawn, spawnSync } from 'node:child_process'
import { MockCluster } from 'to-kafka/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const installed = spawnSync('kcat', ['-V']).status === 0
const required = process.env['REQUIRE_KAFKA'] === '1'
if (!installed && !required) {
  process.stderr.write('\n  kcat is not installed: its specs on the mock cluster are SKIPPED\n\n')
}

/** Runs kcat to its end; returns its standard output. Rejects if it fails. */
function kcat(cluster: MockCluster, args: readonly string[], input = ''): Promise<string> {
  const child = spawn('kcat', ['-b', cluster.bootstrapServers, ...args])
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      if (status === 0) resolve(output.stdout)
      else reject(new Error(`kcat ${args.join(' ')} ended with ${status}: ${output.stderr}`))
    })
  })
}

describe.skipIf(!installed && !required)('kcat', () => {
  const lines = Array.from(
    { length: 2000 },
    (_, index) => `line ${index} ${'x'.repeat(index % 97)}`,
  )
  let cluster: MockCluster

  beforeAll(async () => {
    cluster = await MockCluster.start({ brokers: 3, topics: { list: { partitions: 4 } } })
  })

  afterAll(() => cluster.close())

  it('lists brokers, topics and leaders (-L)', async () => {
    const listed = await kcat(cluster, ['-L', '-t', 'list'])

    expect(listed).toContain('3 brokers:')
    for (const [index, address] of cluster.bootstrapServers.split(',').entries()) {
      expect(listed).toContain(`broker ${index + 1} at ${address}`)
    }
    expect(listed).toContain('topic "list" with 4 partitions')
    expect(listed).toContain('partition 3, leader 1, replicas: 1,2,3, isrs: 1,2,3')
  })

  it.each([
    ['none', []],
    ['gzip', []],
    ['snappy', []],
    ['none', ['-X', 'enable.idempotence=true']],
    ['none', ['-X', 'acks=1']],
  ])('writes and reads back every line in order: %s %o', async (codec, options) => {
    const topic = `lines-${cluster.requests.length}`
    cluster.createTopic(topic)

    await kcat(cluster, ['-P', '-t', topic, '-z', codec, ...options], `${lines.join('\n')}\n`)
    const read = await kcat(cluster, ['-C', '-t', topic, '-o', 'beginning', '-e', '-q'])

    expect(read.trimEnd().split('\n')).toEqual(lines)
    const records = await cluster.records(topic)
    expect(records.map(({ valueText }) => valueText)).toEqual(lines)
    expect(cluster.violations).toEqual([])
  })

  it('writes keys, headers and tombstones, and reads them from an offset on', async () => {
    cluster.createTopic('keyed')
    const args = ['-P', '-t', 'keyed', '-K', ':', '-Z', '-H', 'trace=1']
    await kcat(cluster, args, 'a:1\nb:2\na:\n')

    const format = ['-f', '%o %k=%s %h\n']
    const read = await kcat(cluster, ['-C', '-t', 'keyed', '-o', '1', '-e', '-q', ...format])

    expect(read.trimEnd().split('\n')).toEqual(['1 b=2 trace=1', '2 a= trace=1'])
    const [, , tombstone] = await cluster.records('keyed')
    expect(tombstone).toMatchObject({ value: null, headers: [{ key: 'trace' }] })
  })

  it('finds offsets by time (-Q)', async () => {
    const answered = await kcat(cluster, ['-Q', '-t', 'keyed:0:0', '-t', 'list:0:0'])
    expect(answered).toContain('keyed [0] offset 0')
    expect(answered).toContain('list [0] offset -1')
  })

  it('continues to write when a leader moves, and loses nothing', async () => {
    cluster.createTopic('moving')
    cluster
      .on('Produce', { topic: 'moving', nth: 1 })
      .call(() => cluster.moveLeader('moving', 0, 3))
    const options = ['-X', 'enable.idempotence=true', '-X', 'batch.num.messages=100']

    await kcat(cluster, ['-P', '-t', 'moving', ...options], `${lines.join('\n')}\n`)

    const records = await cluster.records('moving')
    expect(records.map(({ valueText }) => valueText)).toEqual(lines)
  })

  it('continues to write when connections break after an append, and repeats nothing', async () => {
    cluster.createTopic('breaking')
    cluster.on('Produce', { topic: 'breaking', nth: 2, times: 2 }).closeAfterAppend()
    const options = ['-X', 'enable.idempotence=true', '-X', 'batch.num.messages=100']

    await kcat(cluster, ['-P', '-t', 'breaking', ...options], `${lines.join('\n')}\n`)

    const records = await cluster.records('breaking')
    expect(records.map(({ valueText }) => valueText)).toEqual(lines)
  })
})
