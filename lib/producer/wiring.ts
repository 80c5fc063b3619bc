import { Observable } from 'rxjs'
import { Cluster } from '../cluster/cluster.ts'
import { inContext } from '../collections/in-context.ts'
import { Turn } from '../collections/turn.ts'
import type { Settings } from '../config/settings.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Metric } from '../metrics/metric.ts'
import type { Envelope, Feed, ProducerRecord, Receipt } from '../model.ts'
import type { AsyncContext, Runtime } from '../runtime.ts'
import type { Transactions } from '../sender/transactions.ts'
import { onward, operator, type Stage } from '../stages/operator.ts'
import { Telemetry } from '../telemetry/telemetry.ts'
import type { PartitionState, TopicState } from '../topics/topic-state.ts'
import { tellInterceptors } from './acknowledgements.ts'
import type { Asking } from './asking.ts'
import { Backlog } from './backlog.ts'
import { ClusterDispatch } from './cluster-dispatch.ts'
import { clusterOptions } from './cluster-options.ts'
import { Cuts } from './cut.ts'
import type { EventSource } from './events.ts'
import { Gate } from './gate.ts'
import { Headroom } from './headroom.ts'
import { Herald } from './herald.ts'
import { Inflow } from './inflow.ts'
import type { PartitionQuestions } from './partition-questions.ts'
import { pipeline } from './pipeline.ts'
import { Refusals } from './refusals.ts'
import { SentHeaders } from './sent-headers.ts'
import { Silence } from './silence.ts'
import { choosing, Topics } from './topics.ts'
import type { Transacting } from './transaction-wiring.ts'
import { Turnstiles } from './turnstiles.ts'
import { Unbatched } from './unbatched.ts'
import { Watchers } from './watchers.ts'

// The only place that connects one actor to another: which actor reports to which, and in what order they
// act in a turn.
//
// Invariant: everything is connected before the first event, and nothing is decided here. What concerns the
// producer as a whole goes to the engine, which calls this once, when it is made.

/** What an engine is made of: everything that it knows of the outside. */
export interface EngineParts {
  readonly settings: Settings
  readonly clientId: string
  /** The maximum number of one feed's records that wait for one reason. */
  readonly maxWaiting: number
  readonly runtime: Runtime
  /** The async context in which turns run; absent: that of the caller that begins them. */
  readonly context?: AsyncContext | null
  readonly events: EventSource
  /** The telemetry that brokers may ask for. */
  readonly metrics: () => readonly Metric[]
  /** The warning about a producer that reaches no broker; absent: none. */
  readonly warn?: Runtime['warn']
  /** Connects the actors of transactions; absent: there are none, and no transactional id. */
  readonly transacting?: Transacting | undefined
  /** Connects the actors behind `partitionsFor` and `ready`; absent: nothing calls these. */
  readonly asking?: Asking | undefined
}

/** What the actors leave to the engine. */
export interface Overseer {
  /** Serves the records at the entrance; returns whether there was any. */
  readonly enter: () => boolean
  /** A record has its result. */
  readonly settle: (receipt: Receipt) => void
  /** A record is dropped: its stream is not told. */
  readonly drop: (receipt: Receipt) => void
  /** One more thing is outstanding, or one less. */
  readonly retain: () => void
  readonly release: () => void
  /** Takes a record in. */
  readonly give: (feed: Feed, ticket: unknown, record: ProducerRecord) => void
  /** Drops the waiting records of a feed. */
  readonly withdraw: (feed: Feed) => void
  /** No request can succeed any more. */
  readonly fatal: (error: KafkaError) => void
  /** No broker accepts the login, for now. */
  readonly refused: (error: KafkaError) => void
  /** Our own code has thrown. */
  readonly broken: (bug: unknown) => void
  /** The last connection has ended. */
  readonly gone: () => void
}

/** All actors, by name. */
export type Wired = ReturnType<typeof wire>

/** Makes the actors of `engine` and connects them. */
export function wire(parts: EngineParts, engine: Overseer) {
  const hub = hubOf(parts, engine)
  const metadata = metadataOf(parts, hub, engine, {
    moved: (places) => stages.sender.moved(places),
    forgotten: (topics) => stages.sender.forgotten(topics),
  })
  const transacting = parts.transacting?.(parts, hub.turn, metadata.cluster, hub.watchers) ?? null
  const stages = stagesOf(parts, hub, metadata, engine, transacting?.transactions ?? null)
  const { sender } = stages
  const readiness = parts.asking?.readinessOf(parts, hub.turn, metadata, sender, engine) ?? null
  hub.turn.on('serve', () => {
    metadata.topics.served()
    return false
  })
  const doors = doorsOf(parts, hub, metadata, stages, engine)
  const silence = silenceOf(parts, metadata.cluster)
  const telemetry = telemetryOf(parts, metadata.cluster, hub.turn, engine)
  const backlog = () => new Backlog(doors.gate, stages.holdings, () => hub.turn.soon())
  const actors = { ...hub, ...stages, ...doors, backlog }
  const queue = transacting?.queue(engine, actors) ?? null
  return { ...metadata, ...actors, readiness, queue, silence, telemetry }
}

/** Null if brokers may not ask for metrics. */
function telemetryOf(
  { settings, runtime: { clock, random }, metrics }: EngineParts,
  cluster: Cluster,
  turn: Turn,
  { retain, release }: Overseer,
): Telemetry | null {
  if (!settings.enableMetricsPush) return null
  const { clientRack } = settings
  const telemetry = new Telemetry({
    clock,
    random,
    metrics,
    retain,
    release,
    send: (api, body, handler) => cluster.sendToConnected(api, body, handler),
    resource: clientRack === '' ? {} : { client_rack: clientRack },
  })
  turn.on('report', () => {
    telemetry.serve()
    return false
  })
  return telemetry
}

/** Null if there is no warning. */
function silenceOf({ events, runtime, warn }: EngineParts, cluster: Cluster): Silence | null {
  return warn === undefined ? null : new Silence({ cluster, events, clock: runtime.clock, warn })
}

/** What all others use: the turn, the flushes, and the observers. */
function hubOf(parts: EngineParts, engine: Overseer) {
  const { settings, events, context } = parts
  const { clock } = parts.runtime
  const turn = new Turn(clock, engine.broken, context)
  turn.on('enter', engine.enter)
  const herald = new Herald({
    events,
    interceptors: settings.interceptors,
    reporters: settings.metricReporters,
    now: () => clock.now(),
    wake: () => turn.soon(),
  })
  turn.on('report', () => herald.report())
  const watchers = new Watchers()
  watchers.add(herald, () => herald.isListening)
  const sentHeaders = SentHeaders.for(settings.interceptors)
  const tell = (receipt: Receipt) =>
    tellInterceptors(
      settings.interceptors,
      receipt,
      sentHeaders?.take(receipt) ?? [],
      (error, interceptor) => herald.interceptorFailed(error, interceptor),
    )
  const told = (receipt: Receipt) => inContext(context ?? null, tell, undefined, receipt)
  const cuts = new Cuts()
  const inflow = new Inflow(cuts)
  return { turn, herald, watchers, cuts, inflow, tellInterceptors: told, sentHeaders }
}

type Hub = ReturnType<typeof hubOf>

/** The brokers and topics, and what the sender is told about them. */
function metadataOf(
  parts: EngineParts,
  { turn, watchers }: Hub,
  engine: Overseer,
  news: {
    readonly moved: (places: readonly PartitionState[]) => void
    readonly forgotten: (topics: readonly TopicState[]) => void
  },
): Metadata {
  const { settings, clientId, runtime } = parts
  const cluster = new Cluster(
    { ...clusterOptions(settings, clientId), watched: watchers },
    runtime,
    {
      changed: (changes) => {
        topics.changed(changes)
        news.moved(changes.moved)
      },
      forgotten: news.forgotten,
      slot: () => turn.soon(),
      fatal: engine.fatal,
      refused: engine.refused,
      connectFailed: () => topics.disconnected(),
      closed: engine.gone,
      turn: (work) => turn.run(work),
    },
  )
  const topics = new Topics(cluster, {
    batchSize: settings.batchSize,
    random: runtime.random,
    ...choosing(settings),
  })
  const questions = parts.asking?.questionsOf(parts, turn, { cluster, topics }, engine) ?? null
  return { cluster, topics, questions }
}

export interface Metadata {
  readonly cluster: Cluster
  readonly topics: Topics
  readonly questions: PartitionQuestions | null
}

/** The stages, subscribed: from here on they exist. */
function stagesOf(
  { settings, maxWaiting, runtime }: EngineParts,
  { turn, herald, watchers, cuts, inflow, sentHeaders }: Hub,
  { cluster, topics }: Metadata,
  engine: Overseer,
  transactions: Transactions | null,
) {
  /** The first stage. Not a Subject, because that would copy its list of one for each record. */
  let input!: Pick<Stage<Envelope>, 'next'>
  const entry = new Observable<Envelope>((first) => {
    input = onward(first)
  })
  const { receipts, actors } = pipeline(entry, {
    settings,
    runtime,
    maxWaiting,
    turn,
    cuts,
    inflow,
    topics,
    adaptive: choosing(settings).adaptive ? topics : null,
    dispatch: new ClusterDispatch(cluster, settings.acks),
    ...(transactions && { transactions }),
    fatal: engine.fatal,
    watched: watchers,
    interceptorFailed: (error, interceptor) => herald.interceptorFailed(error, interceptor),
    sentHeaders,
  })
  const settled = receipts.pipe(
    operator<Receipt, never>((out) => ({
      next: engine.settle,
      fail: (bug) => out.error(bug),
      complete: () => out.complete(),
      close() {},
    })),
  )
  const subscription = settled.subscribe({ error: engine.broken })
  return { ...actors, input, subscription }
}

type Stages = ReturnType<typeof stagesOf>

/** What is in front of the stages: how many records may be inside, and whether more can be used. */
function doorsOf(
  { settings, maxWaiting, runtime: { clock } }: EngineParts,
  { turn }: Hub,
  { cluster: { topology } }: Metadata,
  { input, holdings, accumulator, memory }: Stages,
  engine: Overseer,
) {
  const turnstiles = new Turnstiles({
    maxWaiting,
    now: () => clock.now(),
    admit: (envelope) => inContext(envelope.context, input.next, input, envelope),
    held: (envelope, stopsSources) => {
      if (stopsSources) holdings.begun()
      holdings.keep(envelope)
    },
    wanted: () => turn.soon(),
  })
  holdings.add(turnstiles)
  turn.on('serve', () => turnstiles.serve())
  const unbatched = new Unbatched(holdings, () => turn.soon())
  const { entrance } = unbatched
  const headroom = new Headroom({ settings, topology, accumulator, memory, entrance })
  const gate = new Gate({
    isOpen: () => headroom.isOpen,
    closed: () => accumulator.pressFullest(),
    holdings,
  })
  turn.on('drain', () => gate.check())
  const refusals = new Refusals(turn, engine.settle, engine.drop)
  holdings.add(refusals)
  return { turnstiles, unbatched, refusals, headroom, gate }
}
