import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MockCluster } from 'to-kafka/testing'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { requested, startCluster } from '../support/scenario.ts'
import { buildPrograms, startProgram } from './built.ts'

// The examples that are programs, as child processes: built, and run with an environment and
// signals.

beforeAll(buildPrograms)

describe('the HTTP service', () => {
  it('answers when the order is in Kafka', async () => {
    const cluster = await startCluster({ topics: { orders: {} } })
    const { post, end } = await startService(cluster)
    const response = await post({ id: 'o-1', amount: 3 })
    expect([response.status, await response.json()]).toEqual([201, { partition: 0, offset: 0 }])
    const [landed] = await cluster.records('orders')
    expect([landed?.keyText, landed?.valueText]).toEqual(['o-1', '{"id":"o-1","amount":3}'])
    expect(await end()).toMatchObject({ code: 0, stderr: '' })
  })

  it('says what is wrong with a request or a delivery', async () => {
    const cluster = await startCluster({ topics: { orders: {} } })
    cluster.on('Produce').reply('TOPIC_AUTHORIZATION_FAILED')
    const { url, post, end } = await startService(cluster)
    expect((await fetch(url)).status).toBe(404)
    expect((await post({ amount: 3 })).status).toBe(400)
    const failed = await post({ id: 'o-1', amount: 3 })
    expect([failed.status, await failed.json()]).toEqual([
      503,
      { error: 'TOPIC_AUTHORIZATION_FAILED' },
    ])
    expect(await end()).toMatchObject({ code: 0, stderr: '' })
  })

  it('on one or more SIGTERMs, accepts no more requests, delivers pending records, answers their requests, and exits', async () => {
    const cluster = await startCluster({ topics: { orders: {} } })
    const refusals = cluster.on('Produce').reply('NOT_ENOUGH_REPLICAS')
    const { url, post, child, outcome } = await startService(cluster)
    const asked = post({ id: 'o-1', amount: 3 })
    await requested(cluster, 'Produce')
    child.kill('SIGTERM')
    await refused(url)
    child.kill('SIGTERM')
    refusals.cancel()
    expect((await asked).status).toBe(201)
    expect(await outcome).toMatchObject({ code: 0, stderr: '' })
    expect(await cluster.records('orders')).toHaveLength(1)
    expect(cluster.violations).toEqual([])
  })
})

describe('the CSV program', () => {
  it('sends a file to a topic, and reports the number of rows', async () => {
    const cluster = await startCluster({ topics: { people: { partitions: 3 } } })
    const folder = await mkdtemp(join(tmpdir(), 'csv-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'people.csv')
    await writeFile(file, 'id,name\n1,Alice\n2,Dinah\n')
    const { outcome } = startProgram('csv-file', [file, 'people'], environment(cluster))
    const said = { code: 0, stdout: `2 rows of ${file} are in people\n`, stderr: '' }
    expect(await outcome).toEqual(said)
    expect(await cluster.records('people')).toHaveLength(2)
  })
})

const environment = (cluster: MockCluster) => ({
  KAFKA_BOOTSTRAP_SERVERS: cluster.bootstrapServers,
  PORT: '0',
})

async function startService(cluster: MockCluster) {
  const { child, outcome } = startProgram('http-service', [], environment(cluster))
  const [line] = await Promise.race([
    once(child.stdout!, 'data'),
    outcome.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ])
  const url = `http://localhost:${/"port":(\d+)/.exec(String(line))?.[1]}/orders`
  return {
    url,
    child,
    outcome,
    post: (body: object) => fetch(url, { method: 'POST', body: JSON.stringify(body) }),
    end: () => {
      child.kill('SIGTERM')
      return outcome
    },
  }
}

/** Resolves once nothing listens there any more. */
async function refused(url: string): Promise<void> {
  const headers = { connection: 'close' }
  const isAnswered = () =>
    fetch(url, { headers }).then(
      () => true,
      () => false,
    )
  while (await isAnswered());
}

describe('the tracing program', () => {
  it('prints a span for each record, and the delivered records', async () => {
    const { code, stdout, stderr } = await startProgram('tracing', [], {}).outcome
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trim().split('\n')
    const spans = lines.filter((line) => /^\w{32} \w{16} under \w{16}: send orders, \d$/.test(line))
    expect(spans).toHaveLength(4)
    expect(lines.filter((line) => /^o-[12] \w+ .*traceparent: 00-/.test(line))).toHaveLength(4)
  })
})
