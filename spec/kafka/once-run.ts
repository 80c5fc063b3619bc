// One exactly-once chaos run, from the start of a cluster to its end. An example consumes,
// transforms and produces, while its processes are killed, another process joins and leaves, and
// brokers are killed, one of three at a time.

import { setTimeout as pause } from 'node:timers/promises'
import { lastValueFrom, from as those } from 'rxjs'
import { KafkaProducer, toKafka } from 'to-kafka'
import { seeded, shuffled } from './chance.ts'
import { bundleExample } from './example-process.ts'
import { JavaServant } from './java-servant.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaCluster, startKafkaCluster } from './kafka-cluster.ts'
import { readTopicWithKcat } from './kafka-tools.ts'
import { inputText, OnceCheck } from './once-check.ts'
import { isPerPartition } from './once-libraries.ts'
import type { OnceOptions, OnceReport } from './once-options.ts'
import { OnceWorker } from './once-workers.ts'

const partitions = 6
const [input, output] = ['in', 'out']
const stallMsMax = 180_000
const quietMs = 2_000
const settings = {
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '3',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
}

type Event = 'kill' | 'second' | 'broker' | 'halt'
const deck: readonly Event[] = ['kill', 'kill', 'kill', 'kill', 'kill', 'second', 'broker', 'halt']

export async function onceRun(options: OnceOptions): Promise<OnceReport> {
  const cluster = await startKafkaCluster({ settings })
  const java = await JavaServant.start('TransactionTurns', cluster.bootstrapServers)
  const run = new OnceRun(options, cluster, java)
  try {
    await run.fill()
    await run.disturb()
    return await run.finish()
  } finally {
    await run.close()
    await java.close()
    await cluster.stop()
  }
}

class OnceRun {
  readonly #options: OnceOptions
  readonly #cluster: KafkaCluster
  readonly #java: JavaServant
  readonly #begun = performance.now()
  readonly #random: () => number
  readonly #groupId: string
  readonly #deaths: string[] = []
  readonly #wrong: string[] = []
  readonly #counts: readonly number[]
  #workers: readonly OnceWorker[] = []
  #brokerIsBack: Promise<void> = Promise.resolve()
  #done = { kills: 0, joins: 0, brokersKilled: 0, checks: 0 }

  constructor(options: OnceOptions, cluster: KafkaCluster, java: JavaServant) {
    this.#options = options
    this.#cluster = cluster
    this.#java = java
    this.#random = seeded(options.seed)
    this.#groupId = `${output}-${options.library}`
    const { messages } = options
    this.#counts = Array.from({ length: partitions }, (_, partition) =>
      Math.ceil((messages - partition) / partitions),
    )
  }

  /**
   * The input: each message goes to the next partition, with the partition as key, so that outputs
   * have an order.
   */
  async fill(): Promise<void> {
    const { library, messages, mutant } = this.#options
    const { bootstrapServers } = this.#cluster
    const admin = await KafkaAdmin.start(bootstrapServers)
    await admin.create([input, output].map((name) => ({ name, partitions, replicas: 3 })))
    await admin.close()
    const records = Array.from({ length: messages }, (_, index) => {
      const partition = index % partitions
      const value = inputText(partition, Math.floor(index / partitions))
      return { topic: input, partition, key: `${partition}`, value }
    })
    await lastValueFrom(those(records).pipe(toKafka({ 'bootstrap.servers': bootstrapServers })))
    const fault = mutant ? 'spec/kafka/once-mutant.ts' : undefined
    const file = await bundleExample(`exactly-once-${library}`, fault)
    this.#workers = ['0', '1'].map((instance) => {
      const env = {
        KAFKA_BOOTSTRAP_SERVERS: bootstrapServers,
        SESSION_TIMEOUT_MS: '6000',
        INSTANCE: instance,
      }
      const died = (name: string, complaint: string) => {
        this.#deaths.push(complaint)
        this.#say(`worker ${name} has ended by itself: ${complaint.slice(-600)}`)
      }
      return new OnceWorker(instance, { file, args: [input, output], env }, { died })
    })
    this.#say(`${messages} messages in ${partitions} partitions; consumer: ${library}`)
  }

  /** One event after the other, each when a number of further messages is reported as committed. */
  async disturb(): Promise<void> {
    const { every, messages } = this.#options
    this.#workers[0]!.start()
    let due = 0
    for (let index = 0; index < Math.floor(messages / every); index += deck.length) {
      for (const event of shuffled(deck, this.#random)) {
        due += every * (0.5 + this.#random())
        if (!(await this.#reached(due))) return
        await pause(300 * this.#random())
        await this[event]()
      }
    }
  }

  /** Everything is committed: workers leave in order, and everything is checked. */
  async finish(): Promise<OnceReport> {
    await this.#reached(Number.POSITIVE_INFINITY)
    await this.#brokerIsBack
    await Promise.all(this.#workers.map((worker) => worker.leave()))
    const outputs = await this.#compare()
    const report = { ...this.#done, deaths: this.#deaths, outputs, wrong: this.#wrong }
    this.#say(summary(report))
    return report
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()))
    await this.#brokerIsBack.catch(() => {})
  }

  /** SIGKILL of a worker, which is started again at once. */
  async kill(): Promise<void> {
    const running = this.#workers.filter(({ isWanted }) => isWanted)
    const worker = running[Math.floor(this.#random() * running.length)]!
    this.#say(`SIGKILL of worker ${worker.name}`)
    this.#done.kills += 1
    await worker.kill()
    worker.start()
  }

  /** The second worker joins, or leaves. */
  async second(): Promise<void> {
    const second = this.#workers[1]!
    this.#say(`worker 1 ${second.isWanted ? 'leaves' : 'joins'}`)
    if (second.isWanted) await second.leave()
    else {
      this.#done.joins += 1
      second.start()
    }
  }

  /** SIGKILL of a broker, which is started again when messages continue without it. */
  async broker(): Promise<void> {
    await this.#brokerIsBack
    const { brokerIds } = this.#cluster
    const id = brokerIds[Math.floor(this.#random() * brokerIds.length)]!
    this.#say(`SIGKILL of broker ${id}`)
    this.#done.brokersKilled += 1
    await this.#cluster.kill(id)
    const flowing = this.#committed + 500
    this.#brokerIsBack = this.#reached(flowing).then(async () => {
      this.#say(`broker ${id} is started again`)
      await this.#cluster.restart(id)
    })
    this.#brokerIsBack.catch(() => {})
  }

  /** SIGKILL of all workers; their open transactions are ended, and everything is compared. */
  async halt(): Promise<void> {
    const running = this.#workers.filter(({ isWanted }) => isWanted)
    this.#say(`SIGKILL of ${running.length} workers, and a look at everything`)
    this.#done.kills += running.length
    await Promise.all(running.map((worker) => worker.kill()))
    await this.#settle()
    await this.#compare()
    for (const worker of running) worker.start()
  }

  /** A producer that begins with a transactional.id ends the open transaction of that id. */
  async #settle(): Promise<void> {
    const { library } = this.#options
    const perPartition = Array.from({ length: partitions }, (_, at) => `${input}-${at}`)
    const names = isPerPartition(library) ? perPartition : ['0', '1']
    const { bootstrapServers } = this.#cluster
    await Promise.all(
      names.map(async (name) => {
        const id = { 'transactional.id': `${this.#groupId}-${name}` }
        await using producer = new KafkaProducer({ 'bootstrap.servers': bootstrapServers, ...id })
        await producer.initTransactions()
      }),
    )
  }

  /** Returns the number of outputs. */
  async #compare(): Promise<number> {
    const check = new OnceCheck(this.#counts)
    const logs = await readTopicWithKcat(this.#cluster.bootstrapServers, output)
    for (const [partition, records] of logs.entries()) {
      for (const { offset, value } of records) check.add({ partition, offset, value: value ?? '' })
    }
    const offsets = await this.#offsets()
    const found = check.findings(offsets)
    const outputs = logs.flat().length
    this.#done.checks += 1
    this.#wrong.push(...found)
    this.#say(`${outputs} outputs, the group is at ${offsets.join(' ')}: ${found.length} wrong`)
    for (const sentence of found.slice(0, 10)) this.#say(sentence)
    return outputs
  }

  async #offsets(): Promise<number[]> {
    return (await this.#java.ask({ do: 'offsets', group: this.#groupId, topic: input })) as number[]
  }

  get #committed(): number {
    return this.#workers.reduce((sum, { committed }) => sum + committed, 0)
  }

  /**
   * Waits until workers have reported this number of committed messages; false if the group is at
   * the end before.
   */
  async #reached(count: number): Promise<boolean> {
    let [seen, since] = [this.#committed, performance.now()]
    while (this.#committed < count) {
      await pause(50)
      const now = performance.now()
      if (this.#committed !== seen) [seen, since] = [this.#committed, now]
      // A killed worker has not reported everything that was committed.
      else if (now - since > quietMs && (await this.#isAtEnd())) return false
      if (now - since > stallMsMax) throw new Error(await this.#stalled(seen))
    }
    return true
  }

  async #isAtEnd(): Promise<boolean> {
    const offsets = await this.#offsets()
    return offsets.reduce((sum, offset) => sum + offset, 0) === this.#options.messages
  }

  async #stalled(seen: number): Promise<string> {
    const complaints = this.#workers.map(({ name, complaint }) => `worker ${name}: ${complaint}`)
    const at = (await this.#offsets()).join(' ')
    const lines = [`nothing is committed any more, at ${seen} messages; the group is at ${at}`]
    return [...lines, ...complaints, this.#cluster.logs()].join('\n')
  }

  #say(sentence: string): void {
    const seconds = ((performance.now() - this.#begun) / 1_000).toFixed(1).padStart(6)
    process.stderr.write(`  once ${seconds} s, ${this.#committed} committed: ${sentence}\n`)
  }
}

function summary(report: OnceReport): string {
  const { kills, joins, brokersKilled, checks, deaths, outputs, wrong } = report
  return (
    `${outputs} outputs; ${kills} SIGKILLs of workers, ${joins} joins of a second one, ${brokersKilled} of ` +
    `brokers, ${deaths.length} deaths beside; ${checks} comparisons, ${wrong.length} wrong`
  )
}
