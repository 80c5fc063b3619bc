// All known servers are down: at the start, in the middle, and permanently, replaced by servers at
// other addresses (KIP-899, KIP-1102).

import { describe, expect, it } from 'vitest'
import type { Runtime } from '../../lib/runtime.ts'
import { realRuntime } from '../../lib/wire/transport.ts'
import { isNewest } from '../support/kafka-version.ts'
import { logOf, producerFor, startCluster, until } from '../support/scenario.ts'
import { numbers, sendAll, sendEach, texts } from './numbers.ts'

/** The real runtime, counting attempts to connect; `redirect` gives their real targets. */
function counting(redirect: (port: number) => number = (port) => port) {
  const attempts: number[] = []
  const runtime: Runtime = {
    ...realRuntime,
    transport: {
      connect({ host, port }, events) {
        attempts.push(port)
        return realRuntime.transport.connect({ host, port: redirect(port) }, events)
      },
    },
  }
  return { attempts, runtime }
}

describe('bootstrap servers that are all down', () => {
  it('at the start are tried until one answers', async () => {
    const cluster = await startCluster({ brokers: 2 })
    for (const id of [1, 2]) await cluster.stopBroker(id, { failover: false })
    const { attempts, runtime } = counting()
    const results = sendAll(producerFor(cluster, {}, { runtime }), numbers(0, 3))
    await until(() => attempts.length >= 6)
    expect(new Set(attempts).size).toBe(2)
    for (const id of [1, 2]) await cluster.startBroker(id)

    expect((await results).map(({ offset }) => offset)).toEqual([0, 1, 2])
  })

  it('except one are no obstacle', async () => {
    const cluster = await startCluster({ brokers: 3 })
    for (const id of [1, 2]) await cluster.stopBroker(id)

    await sendEach(producerFor(cluster), numbers(0, 3))

    expect(await logOf(cluster)).toEqual(texts(0, 3))
  })

  it('fail a record that is sent meanwhile after max.block.ms, and not later ones', async () => {
    const cluster = await startCluster()
    await cluster.stopBroker(1, { failover: false })
    const producer = producerFor(cluster, { 'max.block.ms': 50 })

    const early = await producer.send(numbers(0, 1)[0]!).then(undefined, (cause) => cause)
    await cluster.startBroker(1)
    const late = await sendWhenThere(producer)

    expect(early).toMatchObject({ code: 'METADATA_TIMEOUT', limitMs: 50, persisted: 'no' })
    expect(late.offset).toBe(0)
  })

  async function sendWhenThere(producer: ReturnType<typeof producerFor>) {
    for (;;) {
      const result = await producer.send(numbers(1, 2)[0]!).catch(() => null)
      if (result !== null) return result
    }
  }
})

describe('a cluster that is completely down', () => {
  it('in the middle of a stream is waited for, and the stream continues where it stopped', async () => {
    const cluster = await startCluster({ brokers: 3, topics: { t: { partitions: 3 } } })
    const { attempts, runtime } = counting()
    const producer = producerFor(cluster, {}, { runtime })
    const everywhere = (from: number, to: number) =>
      [0, 1, 2].map((partition) => sendAll(producer, numbers(from, to, { partition })))
    await Promise.all(everywhere(0, 5))
    for (const id of [1, 2, 3]) await cluster.stopBroker(id, { failover: false })
    const results = everywhere(5, 10)
    const before = attempts.length
    await until(() => attempts.length > before + 12)
    for (const id of [3, 1, 2]) await cluster.startBroker(id)

    for (const list of await Promise.all(results)) {
      expect(list.map(({ offset }) => offset)).toEqual([5, 6, 7, 8, 9])
    }
    for (const partition of [0, 1, 2]) {
      expect(await logOf(cluster, 't', partition)).toEqual(texts(0, 10))
    }
  })

  // The known brokers never return. The bootstrap address, a name in front of the current cluster,
  // leads to new ones.
  it.each(['rebootstrap', 'none'] as const)(
    'and replaced behind the bootstrap address is found only by rebootstrapping (%s)',
    async (strategy) => {
      const [old, successor] = await Promise.all([startCluster(), startCluster()])
      const portOf = ({ bootstrapServers }: typeof old) => Number(bootstrapServers.split(':')[1])
      // Nothing listens at the bootstrap address itself: it leads to one of the two clusters.
      const door = 1
      let behind = portOf(old)
      const { attempts, runtime } = counting((port) => (port === door ? behind : port))
      const hasPatience = strategy === 'rebootstrap'
      const config = {
        'metadata.recovery.strategy': strategy,
        ...(!hasPatience && { 'delivery.timeout.ms': 600, 'request.timeout.ms': 300 }),
      }
      const producer = producerFor({ bootstrapServers: `127.0.0.1:${door}` }, config, { runtime })
      await sendEach(producer, numbers(0, 2))
      await old.stopBroker(1)
      behind = portOf(successor)
      const tried = attempts.length
      const result = producer.send(numbers(2, 3)[0]!).then(
        ({ offset }) => offset,
        ({ code }) => code,
      )

      if (strategy === 'rebootstrap') {
        expect(await result).toBe(0)
        expect(await logOf(successor)).toEqual(['2'])
      } else {
        expect(await result).toBe('DELIVERY_TIMEOUT')
        expect(attempts.slice(tried)).not.toContain(door)
      }
    },
  )
})

// The address of a broker now belongs to a broker of another cluster (KIP-1242): a blue and a green
// cluster that share addresses, or a pod with the address of another.
describe('a broker whose address now belongs to another cluster', () => {
  it.runIf(isNewest).each([true, false])(
    'is recognized if that is checked: %s',
    async (isChecked) => {
      const [blue, moved, green] = await Promise.all([
        startCluster({ clusterId: 'blue' }),
        startCluster({ clusterId: 'blue' }),
        startCluster({ clusterId: 'green' }),
      ])
      const portOf = ({ bootstrapServers }: typeof blue) => Number(bootstrapServers.split(':')[1])
      const door = 1
      const leads = new Map([[door, portOf(blue)]])
      const { runtime } = counting((port) => leads.get(port) ?? port)
      const config = { 'metadata.cluster.check.enable': isChecked }
      const producer = producerFor({ bootstrapServers: `127.0.0.1:${door}` }, config, { runtime })
      await sendEach(producer, numbers(0, 2))
      await blue.stopBroker(1)
      leads.set(door, portOf(moved))
      leads.set(portOf(blue), portOf(green))
      await sendEach(producer, numbers(2, 4))

      expect(await logOf(moved)).toEqual(isChecked ? texts(2, 4) : [])
      expect(await logOf(green)).toEqual(isChecked ? [] : texts(2, 4))
    },
  )
})
