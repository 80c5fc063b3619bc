// One chaos run from the start of a cluster to its end: the stream runs, rounds of faults disturb
// it, and the topic is read back. It is short as a spec, and long with these environment variables:
//   CHAOS_ROUNDS   rounds of faults; default 1, all of them in the order of the list; each further
//                  round has them, and a few more, in an order drawn from the seed
//   CHAOS_SEED     default 1
//   CHAOS_RECORDS  records at least, default 200000
//   CHAOS_RATE     records a second while faults are under way, default 5000

import { until } from './broker-probe.ts'
import { seeded, shuffled } from './chance.ts'
import { type Findings, readBack } from './chaos-check.ts'
import { ChaosFaults, type FaultName } from './chaos-faults.ts'
import { ChaosStream } from './chaos-stream.ts'
import { ChaosTap } from './chaos-tap.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaCluster, startKafkaCluster } from './kafka-cluster.ts'
import { dumpLogSegments } from './log-dump.ts'

const topic = 'chaos'
const partitions = 6
const shortRound: readonly FaultName[] = ['killLeader', 'pauseLeader', 'moveLeaders', 'stopTwo']
const longRound: readonly FaultName[] = [...shortRound, 'shutDownLeader', 'roll', 'moveLeaders']

export interface ChaosOptions {
  readonly rounds: number
  readonly seed: number
  readonly recordsMin: number
  readonly perSecond: number
}

export function chaosOptions(): ChaosOptions {
  const number = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)
  return {
    rounds: number('CHAOS_ROUNDS', 1),
    seed: number('CHAOS_SEED', 1),
    recordsMin: number('CHAOS_RECORDS', 200_000),
    perSecond: number('CHAOS_RATE', 5_000),
  }
}

export interface ChaosReport {
  readonly stream: ChaosStream
  readonly tap: ChaosTap
  readonly findings: Findings
}

export async function chaosRun(options: ChaosOptions): Promise<ChaosReport> {
  const begin = performance.now()
  const say = (sentence: string) => {
    const seconds = ((performance.now() - begin) / 1_000).toFixed(1).padStart(6)
    process.stderr.write(`  chaos ${seconds} s: ${sentence}\n`)
  }
  const cluster = await startKafkaCluster()
  try {
    say('three brokers and a controller run')
    const admin = await KafkaAdmin.start(cluster.bootstrapServers)
    try {
      await admin.create([{ name: topic, partitions, replicas: 3 }])
      return await withCluster(cluster, admin, options, say)
    } finally {
      await admin.close()
    }
  } finally {
    await cluster.stop()
  }
}

async function withCluster(
  cluster: KafkaCluster,
  admin: KafkaAdmin,
  { rounds, seed, ...pace }: ChaosOptions,
  say: (sentence: string) => void,
): Promise<ChaosReport> {
  const tap = new ChaosTap()
  const stream = new ChaosStream({
    ...pace,
    topic,
    config: configFor(cluster.bootstrapServers),
    runtime: tap.runtime,
  })
  const random = seeded(seed)
  const faults = new ChaosFaults({ cluster, admin, tap, stream, topic, say, random })
  stream.begin()
  await until(
    () => stream.acknowledged > 0 || stream.failure !== null,
    30_000,
    () => 'nothing was acknowledged',
  )
  for (let round = 0; round < rounds; round++) {
    const list = round === 0 ? shortRound : shuffled(longRound, random)
    if (rounds > 1) say(`round ${round + 1} of ${rounds}`)
    for (const fault of list) {
      if (stream.failure === null) await faults.inflict(fault)
    }
  }
  say(`faults are over; ${stream.acknowledged} of ${stream.sent} records acknowledged`)
  await stream.finish()
  say(`${stream.acknowledged} of ${stream.sent} records acknowledged; reading back`)
  const findings = await readBack(cluster.bootstrapServers, topic, stream)
  say(summary({ stream, tap, findings }))
  if (findings.wrong.length > 0) say(await evidence(cluster, admin, findings))
  return { stream, tap, findings }
}

function configFor(bootstrapServers: string) {
  return {
    'bootstrap.servers': bootstrapServers,
    'client.id': 'chaos',
    acks: 'all',
    'enable.idempotence': true,
    'max.in.flight.requests.per.connection': 5,
    'linger.ms': 5,
    // Short, so that a leader is soon paused for longer.
    'request.timeout.ms': 3_000,
    'metadata.max.age.ms': 30_000,
  } as const
}

function summary({ stream, tap, findings }: ChaosReport): string {
  const answers = [...tap.answers].map(([name, count]) => `${name} ${count}`).join(', ')
  return [
    `${findings.records} records of ${stream.sent} in the log, ${findings.wrong.length} wrong`,
    `${tap.requests} requests with ${tap.batches} batches, at most ${tap.inFlightMax} in flight`,
    `${tap.repeats} batches sent again, ${tap.epochs} epochs, ${findings.unplaced} records unplaced`,
    `${tap.connections} connections: ${tap.refused} refused, ${tap.lost} lost, ` +
      `${tap.abandoned} given up with requests unanswered`,
    `answers: ${answers}`,
  ].join('\n                  ')
}

/** The batches around the first wrong record of each partition, as its leader has them. */
async function evidence(
  cluster: KafkaCluster,
  admin: KafkaAdmin,
  { wrong }: Findings,
): Promise<string> {
  const lines = wrong.slice(0, 20)
  const first = new Map<number, number>()
  for (const sentence of wrong) {
    const [, partition = -1, offset = -1] = sentence.match(/(\d+)@(\d+)/)?.map(Number) ?? []
    if (partition >= 0 && !first.has(partition)) first.set(partition, offset)
  }
  for (const [partition, offset] of first) {
    const leader = await admin.leader(topic, partition)
    const dump = await dumpLogSegments(cluster.dataFolders.get(leader) as string, [topic])
    const batches = dump.batches.get(topic)?.[partition] ?? []
    const at = batches.findIndex(({ lastOffset }) => lastOffset >= offset)
    lines.push(`around ${partition}@${offset}:`)
    for (const batch of batches.slice(Math.max(at - 6, 0), at + 7)) {
      lines.push(`    ${JSON.stringify(batch)}`)
    }
  }
  return lines.join('\n')
}
