// npm run bench -- racks: the cost of rack awareness (KIP-1123) in a large cluster: metadata answers with 5,000
// topics, in which some leaders have moved, and a choice for a record without a key in each topic.

import { Topology } from '../build/lib/cluster/topology.js'
import { Topics } from '../build/lib/producer/topics.js'
import { TopicTable } from '../build/lib/topics/topic-table.js'
import { ratio } from './measure.mjs'

const topicCount = 5_000
const partitionCount = 6
const brokerCount = 12
const answers = 12
const rounds = Number(process.env.BENCH_ROUNDS ?? 9)
const racks = ['a', 'b', 'c']

const brokers = Array.from({ length: brokerCount }, (_, id) => {
  return { id, host: `broker-${id}`, port: 9092, rack: racks[id % 3] }
})

/** A broker's answer; with `moved`, one of that many partitions has another leader than before. */
function answer(turn, moved) {
  const topics = Array.from({ length: topicCount }, (_, topic) => {
    const partitions = Array.from({ length: partitionCount }, (_, partition) => {
      const place = topic * partitionCount + partition
      const moves = moved > 0 && place % moved === 0 ? turn : 0
      return { leader: (place + moves) % brokerCount, leaderEpoch: turn }
    })
    return { name: `topic-${topic}`, id: uuidOf(topic), error: 0, partitions }
  })
  return { brokers, clusterId: 'bench', topics }
}

function uuidOf(topic) {
  return Buffer.from(`topic-${topic}`.padEnd(16, '.')).toString('base64url')
}

/** A producer's knowledge of the cluster, and its choices. */
function client(rackAware) {
  const table = new TopicTable({ now: () => 0 })
  const topology = new Topology([{ host: 'b', port: 1 }], table, 'a')
  const cluster = {
    topology,
    topics: table,
    use: (name) => table.of(name),
    usable: (name) => table.get(name),
  }
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
  const topics = new Topics(cluster, { batchSize: 16_384, random, adaptive: true, rackAware })
  return { topology, topics }
}

function cpu(work) {
  const begun = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(begun)
  return user + system
}

function choose({ topics }, told) {
  for (const { name } of told) {
    const { sticky } = topics.find(name)
    sticky.partition()
    sticky.appended(1 << 20, true)
  }
}

/** The microseconds that each answer takes in both, one right after the other: `[off, on]`, in two parts. */
function once(told, round = 0) {
  const both = [client(false), client(true)]
  return told.map((description, turn) => {
    const spent = { update: [0, 0], choices: [0, 0] }
    const order = (turn + round) % 2 === 0 ? [0, 1] : [1, 0]
    for (const one of order) {
      const { topology, topics } = both[one]
      spent.update[one] = cpu(() => topics.changed(topology.tell(description, turn)))
      spent.choices[one] = cpu(() => choose(both[one], description.topics))
    }
    return spent
  })
}

const cases = [
  ['no leader moved', 0],
  ['one leader moved', topicCount * partitionCount],
  ['one in 100 moved', 100],
]

console.log(
  `\n## Racks: ${topicCount} topics of ${partitionCount} partitions, ${brokerCount} brokers\n`,
)
console.log(
  '| an answer of metadata, and a choice in each topic | without racks, ms | rack aware, ms | ratio | of the answer alone |',
)
console.log('|---|---:|---:|---:|---:|')
for (const [name, moved] of cases) {
  const told = Array.from({ length: answers }, (_, turn) => answer(turn, moved))
  once(told)
  const all = Array.from({ length: rounds }, (_, round) => once(told, round))
  // The first answers name all topics, and run code that is not compiled yet. Of every other answer, the best round
  // counts.
  const best = { update: [0, 0], choices: [0, 0] }
  for (let turn = 2; turn < answers; turn += 1) {
    for (const part of ['update', 'choices']) {
      for (const one of [0, 1]) {
        best[part][one] += Math.min(...all.map((round) => round[turn][part][one]))
      }
    }
  }
  const [off, on] = [0, 1].map((one) => best.update[one] + best.choices[one])
  const cells = [off, on].map((us) => (us / 1000 / (answers - 2)).toFixed(2))
  console.log(
    `| ${[name, ...cells, ratio(on / off), ratio(best.update[1] / best.update[0])].join(' | ')} |`,
  )
}
console.log('\nNot measured: the decoding of the answer, and the sending of records.')
