// librdkafka's mock cluster, an independent implementation, as the broker: it refuses our
// ApiVersions in its own layout, and supports Produce up to version 7. Skipped, with a notice, if
// kcat is not installed; with REQUIRE_KAFKA=1 that is a failure.

import { type ChildProcess, spawn } from 'node:child_process'
import { from, lastValueFrom, toArray } from 'rxjs'
import { toKafka } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kcatIsHere } from './kafka-ring.ts'

const isHere = await kcatIsHere()

/** kcat, which runs the cluster and consumes `topic` from it, printing `partition offset key value`. */
class LibrdkafkaCluster {
  readonly lines: string[] = []
  readonly #kcat: ChildProcess
  readonly #started: Promise<string>
  #heard: () => void = () => {}

  constructor(topic: string) {
    const format = ['-u', '-f', '%p %o %k %s\n']
    const mock = ['-X', 'test.mock.num.brokers=3', '-b', 'mock', '-d', 'mock']
    this.#kcat = spawn('kcat', ['-C', '-t', topic, '-o', 'beginning', ...format, ...mock])
    this.#started = new Promise((resolve, reject) => {
      let log = ''
      this.#kcat.stderr!.on('data', (chunk) => {
        log += chunk
        const servers = /bootstrap\.servers=(\S+)/.exec(log)?.[1]
        if (servers !== undefined) resolve(servers)
      })
      this.#kcat.on('close', () => reject(new Error(`kcat ended: ${log}`)))
    })
    let rest = ''
    this.#kcat.stdout!.on('data', (chunk) => {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop()!
      this.lines.push(...lines)
      this.#heard()
    })
  }

  get bootstrapServers(): Promise<string> {
    return this.#started
  }

  /** Resolves when `count` records have been consumed in total. */
  consumed(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = () => this.lines.length >= count && resolve()
      this.#heard()
    })
  }

  stop(): void {
    this.#started.catch(() => {})
    this.#kcat.kill('SIGKILL')
  }
}

describe.skipIf(!isHere)("librdkafka's mock cluster", () => {
  let cluster: LibrdkafkaCluster

  beforeAll(() => {
    cluster = new LibrdkafkaCluster('foreign')
  })

  afterAll(() => cluster.stop())

  it.each(['none', 'gzip', 'snappy', 'lz4'] as const)(
    'accepts what is sent, and its own consumer reads it at the offsets in the results: %s',
    async (codec) => {
      const config = {
        'bootstrap.servers': await cluster.bootstrapServers,
        'compression.type': codec,
      }
      const records = Array.from({ length: 500 }, (_, index) => ({
        topic: 'foreign',
        key: `key-${index % 50}`,
        value: `${codec}-${index}`,
      }))
      const before = cluster.lines.length

      const results = await lastValueFrom(from(records).pipe(toKafka(config), toArray()))
      await cluster.consumed(before + records.length)

      const told = results.map(
        ({ partition, offset, record }) => `${partition} ${offset} ${record.key} ${record.value}`,
      )
      expect(cluster.lines.slice(before).sort()).toEqual(told.sort())
    },
  )
})
