import { Alarm } from '../collections/alarm.ts'
import { Guard } from '../collections/guard.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { encodeRequest } from '../protocol/headers.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import type { Address, Runtime, Socket } from '../runtime.ts'
import type { Mechanism } from '../security/security.ts'
import { addressText } from './address-text.ts'
import { asKafkaError, decodeAnswer, nextCorrelationId } from './answers.ts'
import type { ConnectionEvents, ConnectionOptions, SendOptions } from './connection-options.ts'
import { type ConnectionState, isSettingUp, move } from './connection-state.ts'
import { FrameSplitter } from './frames.ts'
import { type Handler, InFlight, type InFlightRequest } from './in-flight.ts'
import { Login } from './login.ts'
import { closedByUs, lost, ofSession, silent, slowLogin, slowSetup } from './loss.ts'
import { RequestNews } from './request-news.ts'
import { Session } from './session.ts'
import { Throttle } from './throttle.ts'
import {
  askAgainIn,
  canConfirm,
  type FinalizedFeatures,
  type Meant,
  type VersionsAnswer,
  VersionTable,
  versionsRequest,
} from './versions.ts'

// One TCP connection to one broker, from the first attempt to its end; it is not used again afterwards.
//
// Invariant: every accepted request gets exactly one of answered, failed or written, in the order of
// sending. `failed` is called only once the socket is closed, when nothing refers to the bytes any more.
// One alarm guards it: set-up, the oldest request, the end of a throttle, or (in the background) idleness.
// Everything runs inside the events of the socket and the alarm, each as one `turn`. Owned by Cluster.

/** Later than any deadline. */
const never = Number.POSITIVE_INFINITY
/** A broker may delay a refused login by 600 ms, and a token may have to be fetched. */
const loginMsMin = 5_000

export class Connection {
  readonly #options: ConnectionOptions
  readonly #runtime: Runtime
  readonly #events: ConnectionEvents
  /** The address, by the name that is connected to. */
  #to: Address
  /** The broker's node id. */
  #node: number
  readonly #socket: Socket
  readonly #alarm: Alarm
  readonly #frames: FrameSplitter
  readonly #inFlight = new InFlight()
  readonly #news: RequestNews
  readonly #throttle = new Throttle()
  /** The deadline of the connection; then, with a login, that of the login. */
  #setupUntil: number
  readonly #session = new Session()
  /** The login in progress. */
  #login: Login | null = null
  /** The broker has answered a request of the cluster, not only of this class. */
  #isOfUse = false
  #versions = new VersionTable()
  #state: ConnectionState = 'connecting'
  #cause: KafkaError | null = null
  #lastTraffic: number
  #correlationId = 0
  #serial = 0
  /** A throttle has begun, and its end is not reported yet. */
  #owesSlot = false

  /** Begins to connect. No event fires inside this call. */
  constructor(options: ConnectionOptions, runtime: Runtime, events: ConnectionEvents) {
    this.#options = options
    this.#runtime = runtime
    this.#events = events
    this.#to = options.address
    this.#node = options.node
    this.#news = new RequestNews(options, runtime.clock)
    this.#frames = new FrameSplitter(this.address)
    this.#alarm = new Alarm(runtime.clock, () => this.#turn(() => this.#elapsed()))
    this.#lastTraffic = runtime.clock.now()
    this.#setupUntil = this.#lastTraffic + options.setupTimeoutMs
    const socketEvents = {
      resolved: (host: string) => this.#turn(() => this.#resolved(host)),
      securing: () => this.#turn(() => this.#securing()),
      connected: () => this.#turn(() => this.#connected()),
      data: (chunk: Uint8Array) => this.#turn(() => this.#received(chunk)),
      closed: (cause: Error | null, mayMend = false) =>
        this.#turn(() => this.#ended(cause, mayMend)),
    }
    const { address, failures, security, isCanonical } = options
    const { transport } = runtime
    const tls = security?.tls
    this.#socket = transport.connect(address, socketEvents, failures, tls, isCanonical)
    this.#watch()
  }

  /** The address, by the name that is connected to: it is also the name that TLS has verified. */
  get to(): Address {
    return this.#to
  }

  /** `host:port` */
  get address(): string {
    return addressText(this.#to)
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** The number of requests without a result. */
  get inFlight(): number {
    return this.#inFlight.length
  }

  /** Milliseconds until a throttle ends; 0 or less if there is none. */
  get throttledMs(): number {
    return this.#throttle.until - this.#runtime.clock.now()
  }

  /**
   * Whether a request may be sent now: the only source of slots. A session that is about to end is renewed
   * first, once requests in flight are answered; `slot` follows.
   */
  canSend(now: number): boolean {
    if (this.#state !== 'ready' || !this.#session.isDue(now)) return this.#hasSlot(now)
    this.#wantSession()
    return false
  }

  #hasSlot(now: number): boolean {
    const isFree = this.#inFlight.length < this.#options.maxInFlight
    return this.#state === 'ready' && isFree && now >= this.#throttle.until
  }

  /** The newest version of `api` that both sides know; -1 if there is none, or it is not known yet. */
  version(api: Api): number {
    return this.#versions.of(api)
  }

  /** The cluster's finalized features, as the broker sent them when it was connected. */
  get features(): FinalizedFeatures {
    return this.#versions.features
  }

  /**
   * Sends a request; `canSend` was true in this turn (a session that has become due since has time for it).
   * If both sides share no version of `api`, the request fails with UNSUPPORTED_VERSION, not inside this
   * call. If the body cannot be encoded, that is the caller's bug: the call throws, nothing is sent, and
   * the handler is never called.
   */
  send<A extends Api>(
    api: A,
    body: RequestInput<A>,
    handler: Handler<ResponseOf<A>>,
    options: SendOptions = {},
  ): void {
    const { version = this.version(api), expectsAnswer = true } = options
    if (!this.#hasSlot(this.#runtime.clock.now())) throw new Error(`${this.address} has no slot`)
    if (version >= 0) this.#request(api, version, body, handler, expectsAnswer)
    else this.#refuse(api, handler)
  }

  /**
   * Goes on as the connection of the broker with this node id; it is ready, and was a bootstrap server's. If the
   * cluster's id is given, and the broker knows how, it first confirms that it is this one (KIP-1242), and `slot`
   * follows. If it does not, the connection ends as if this client had ended it: the next one decides.
   */
  goOnAs(nodeId: number, clusterId: string | null): void {
    this.#node = nodeId
    this.#news.node = nodeId
    const version = this.version(ApiVersions)
    if (clusterId === null || !canConfirm(version)) return
    this.#move('confirming')
    this.#requestVersions(version, { clusterId, nodeId }, ({ errorCode }) => {
      if (errorCode !== errorCodes.NONE.code) this.#end(null)
      if (this.#isOver()) return
      this.#move('ready')
      this.#offerSlot()
    })
  }

  /** Ends it now. Requests in flight fail with `CLOSED` once the socket is closed. */
  close(): void {
    this.#end(null)
  }

  #request<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    handler: Handler<ResponseOf<A>>,
    expectsAnswer: boolean,
  ): void {
    const correlationId = nextCorrelationId(this.#correlationId)
    const { clientId } = this.#options
    const chunks = encodeRequest(api, version, { correlationId, clientId }, body)
    this.#correlationId = correlationId
    this.#serial += 1
    this.#lastTraffic = this.#runtime.clock.now()
    const request = {
      api,
      version,
      correlationId,
      expectsAnswer,
      handler: handler as Handler<unknown>,
      sentAt: this.#lastTraffic,
      throttledBefore: this.#throttle.totalMs,
      serial: this.#serial,
    }
    this.#inFlight.push(request)
    if (expectsAnswer) this.#socket.write(chunks)
    else this.#socket.write(chunks, () => this.#turn(() => this.#written()))
    this.#news.sent(request, chunks)
    this.#watch()
  }

  #refuse(api: Api, handler: Handler<never>): void {
    const code = errorCodes.UNSUPPORTED_VERSION.code
    const error = new BrokerError(code, { request: api.name, broker: this.#node })
    this.#runtime.clock.soon(() => this.#turn(() => handler.failed(error)))
  }

  #resolved(host: string): void {
    this.#to = { ...this.#to, host }
    this.#events.resolved?.()
  }

  #securing(): void {
    if (this.#state === 'connecting') this.#move('securing')
  }

  #connected(): void {
    this.#securing()
    if (this.#state !== 'securing') return
    this.#events.resolved?.()
    this.#move('negotiating')
    if (this.#mechanism !== null) this.#limitLogin()
    this.#askVersions(this.#options.versionsIn ?? ApiVersions.versions[1])
  }

  #askVersions(version: number): void {
    const { clusterId, node: nodeId } = this.#options
    const meant = clusterId === undefined ? null : { clusterId, nodeId }
    this.#requestVersions(version, meant, (answer) => this.#negotiated(version, answer))
  }

  #requestVersions(
    version: number,
    meant: Meant | null,
    answered: (answer: VersionsAnswer) => void,
  ): void {
    const body = versionsRequest(version, this.#options, meant)
    const handler = { answered, failed() {} } // `closed` reports it
    this.#request(ApiVersions, version, body, handler, true)
  }

  #negotiated(version: number, answer: VersionsAnswer): void {
    const { node, required } = this.#options
    const versions = new VersionTable(answer)
    try {
      const again = askAgainIn(version, answer, node)
      if (again !== null) {
        this.#askVersions(again)
        return
      }
      if (required !== undefined) versions.require(required, node)
    } catch (cause) {
      this.#end(asKafkaError(cause, this.address))
      return
    }
    this.#versions = versions
    const newest = versions.of(ApiVersions)
    this.#move('authenticating')
    this.#logIn(() => this.#events.ready(newest < 0 ? version : newest))
  }

  get #mechanism(): Mechanism | null {
    return this.#options.security?.mechanism ?? null
  }

  /** How long a login may take. */
  get #loginMs(): number {
    const patienceMs = this.#mechanism?.patienceMs ?? 0
    return Math.max(this.#options.setupTimeoutMs, loginMsMin) + patienceMs
  }

  #limitLogin(): void {
    this.#setupUntil = this.#runtime.clock.now() + this.#loginMs
    this.#watch()
  }

  /** Logs in, if that is required; `ready` follows. */
  #logIn(ready: () => void): void {
    if (this.#mechanism === null) {
      this.#move('ready')
      ready()
      return
    }
    const to = { address: this.#to, node: this.#node }
    this.#login = new Login(this.#mechanism, to, this.#runtime, {
      ask: (api, body, answered) => {
        this.#request(api, this.version(api), body, { answered, failed() {} }, true)
      },
      knows: (api) => this.version(api) >= 0,
      done: (sessionMs) => {
        this.#login = null
        this.#session.begin(sessionMs, this.#runtime)
        this.#move('ready')
        this.#watch()
        ready()
      },
      failed: (error) => this.#end(this.#state === 'reauthenticating' ? ofSession(error) : error),
      turn: (work) => this.#turn(work),
    })
    this.#login.begin()
  }

  /** Begins a new session as soon as nothing is in flight. */
  #wantSession(): void {
    if (this.#session.isWanted) return
    this.#session.isWanted = true
    this.#runtime.clock.soon(() => this.#turn(() => this.#renew()))
  }

  #renew(): void {
    if (this.#state !== 'ready' || !this.#session.isWanted || this.inFlight > 0) return
    this.#move('reauthenticating')
    this.#limitLogin()
    this.#logIn(() => this.#offerSlot())
  }

  #received(chunk: Uint8Array): void {
    this.#lastTraffic = this.#runtime.clock.now()
    const wasReady = this.#state === 'ready'
    const guard = new Guard()
    this.#frames.push(chunk)
    let answers = 0
    while (this.#readOne(guard)) answers += 1
    this.#watch()
    if (wasReady && answers > 0) {
      guard.run(() => this.#offerSlot())
      guard.run(() => this.#renew())
    }
    guard.release()
  }

  /** Takes one answer from the received bytes; false if there is none. */
  #readOne(guard: Guard): boolean {
    if (this.#isOver()) return false
    const request = this.#inFlight.next
    let frame: Uint8Array | null
    let body: unknown
    try {
      frame = this.#frames.next()
      if (frame === null) return false
      body = decodeAnswer(request, frame)
    } catch (cause) {
      this.#end(asKafkaError(cause, this.address))
      return false
    }
    this.#inFlight.answered()
    this.#news.answered(request!, frame)
    if (this.#state === 'ready') this.#isOfUse = true
    guard.run(() => this.#throttled(request!, body))
    guard.run(() => request!.handler.answered(body))
    return true
  }

  #throttled({ api, version, sentAt }: InFlightRequest, body: unknown): void {
    const ms = this.#throttle.note(api.key, version, body, this.#runtime.clock.now(), sentAt)
    if (ms === 0) return
    this.#owesSlot = true
    this.#events.throttled?.(ms)
  }

  #written(): void {
    const guard = new Guard()
    const request = this.#inFlight.written()
    if (request !== undefined) this.#news.unanswered(request, null)
    guard.run(() => request?.handler.written?.())
    if (!this.#isOver()) {
      this.#watch()
      guard.run(() => this.#offerSlot())
      guard.run(() => this.#renew())
    }
    guard.release()
  }

  #offerSlot(): void {
    if (this.canSend(this.#runtime.clock.now())) this.#events.slot()
  }

  /** Sets the alarm for whatever is due first. */
  #watch(): void {
    if (this.#isOver()) return
    const idleAt = this.#lastTraffic + this.#options.maxIdleMs
    const setUp = this.#isSettingUp() ? this.#setupUntil : never
    const throttle = this.#owesSlot ? this.#throttle.until : never
    const at = Math.min(setUp, throttle, this.#oldestDueAt())
    if (at < never) this.#alarm.set(at)
    else if (this.#options.maxIdleMs >= 0) this.#alarm.set(idleAt, true)
    else this.#alarm.clear()
  }

  /** The deadline of the oldest unanswered request. Throttling extends it. */
  #oldestDueAt(): number {
    const oldest = this.#inFlight.oldest
    if (oldest === undefined) return never
    const throttled = this.#throttle.totalMs - oldest.throttledBefore
    return oldest.sentAt + this.#options.requestTimeoutMs + throttled
  }

  #elapsed(): void {
    const now = this.#runtime.clock.now()
    const { requestTimeoutMs, setupTimeoutMs, maxIdleMs } = this.#options
    if (this.#isSettingUp() && now >= this.#setupUntil) {
      this.#end(this.#slow(setupTimeoutMs))
    } else if (now >= this.#oldestDueAt()) {
      const { name } = this.#inFlight.oldest!.api
      this.#end(silent(name, this.address, requestTimeoutMs))
    } else if (this.inFlight === 0 && maxIdleMs >= 0 && now >= this.#lastTraffic + maxIdleMs) {
      this.#end(null)
    } else {
      if (now >= this.#throttle.until) this.#owesSlot = false
      this.#watch()
      this.#offerSlot()
    }
  }

  /** Ends it because of `cause` (null: this client ends it). The rest happens when the socket has closed. */
  #end(cause: KafkaError | null): void {
    if (this.#isOver()) return
    this.#move('closed')
    this.#cause = cause
    this.#login?.cancel()
    this.#alarm.clear()
    this.#socket.destroy()
  }

  /** The socket has closed, by either side: nothing refers to our bytes any more. */
  #ended(cause: Error | null, mayMend: boolean): void {
    if (!this.#isOver()) {
      this.#cause = lost({
        state: this.#state,
        to: this.#to,
        tls: this.#options.security?.tls ?? null,
        cause,
        mayMend,
        isOfUse: this.#isOfUse || this.inFlight === 0,
        mechanism: this.#mechanism?.name ?? null,
      })
      this.#login?.cancel()
      this.#move('closed')
      this.#alarm.clear()
    }
    const guard = new Guard()
    const failure = this.#cause ?? closedByUs(this.address)
    guard.run(() => this.#events.closed(this.#cause))
    for (const request of this.#inFlight.drain()) {
      guard.run(() => this.#news.unanswered(request, failure))
      guard.run(() => request.handler.failed(failure))
    }
    guard.release()
  }

  /** Whether the network, TLS or a required login is still to come. */
  #isSettingUp(): boolean {
    return isSettingUp(this.#state, this.#mechanism !== null)
  }

  #slow(limitMs: number): KafkaError {
    const isThere = this.#state !== 'connecting' && this.#state !== 'securing'
    if (!isThere || this.#mechanism === null) return slowSetup(this.address, limitMs, this.#state)
    return slowLogin(this.#mechanism.name, this.address, this.#loginMs)
  }

  #isOver(): boolean {
    return this.#state === 'closed'
  }

  #move(to: ConnectionState): void {
    this.#state = move(this.#state, to)
  }

  #turn(work: () => void): void {
    if (this.#events.turn === undefined) work()
    else this.#events.turn(work)
  }
}
