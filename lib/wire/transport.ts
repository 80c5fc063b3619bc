import { AsyncResource } from 'node:async_hooks'
import { connect as connectTcp, type LookupFunction, type Socket as TcpSocket } from 'node:net'
import { LoopBudget } from '../collections/loop-budget.ts'
import type {
  Address,
  Clock,
  Runtime,
  Socket,
  SocketEvents,
  Timer,
  Tls,
  TlsAttempt,
  Transport,
} from '../runtime.ts'
import { Canonical, type Names } from './canonical.ts'
import { Heard } from './heard.ts'
import { nodeTimers, performance } from './node-time.ts'
import { Secured } from './secured.ts'
import { threadPool } from './thread-pool.ts'
import { clockWithin } from './within-budget.ts'

// The real runtime: the machine's clock, randomness and TCP. This is the only file of the engine that may
// read the time, set a timer or open a socket; everything else gets a Runtime. Events never fire inside the
// call that causes them; `closed` comes exactly once, and last.

/** The longest wait of setTimeout. */
const longestWaitMs = 2 ** 31 - 1
/** For each address of a host with several; Node's default of 250 ms fails over slow lines. */
const addressAttemptMs = 2_000

/** How long one iteration of the event loop is kept. */
const budgetMs = 20

// AsyncLocalStorage.snapshot() does the same, but takes 20 µs in Node 20; this takes 0.03.
const context = () => new AsyncResource('to-kafka')

const budget = new LoopBudget(budgetMs, {
  now: () => performance.now(),
  soon: (work) => nodeTimers.setImmediate(work),
  context,
})

const machineClock: Clock = {
  now: () => performance.now(),
  timestamp: () => Date.now(),
  at: (at, fire, background = false) => new Timeout(at, fire, background),
  soon: (fire) => void nodeTimers.setImmediate(fire),
}

/** One wait, as several timeouts if one is not enough. */
class Timeout implements Timer {
  readonly #at: number
  readonly #fire: () => void
  #background: boolean
  #handle: ReturnType<typeof nodeTimers.setTimeout>

  constructor(at: number, fire: () => void, background: boolean) {
    this.#at = at
    this.#fire = fire
    this.#background = background
    this.#handle = this.#wait()
  }

  cancel(): void {
    // Node keeps a list of timers for each duration. When the last timer of a list is cleared, Node drops
    // the list only if that timer was not unref'd; otherwise it does so when the wait would have ended.
    this.#handle.ref()
    nodeTimers.clearTimeout(this.#handle)
  }

  inBackground(is: boolean): void {
    this.#background = is
    if (is) this.#handle.unref()
    else this.#handle.ref()
  }

  #wait(): ReturnType<typeof nodeTimers.setTimeout> {
    const wait = Math.ceil(this.#at - performance.now())
    const handle = nodeTimers.setTimeout(
      () => this.#wake(),
      Math.min(Math.max(wait, 0), longestWaitMs),
    )
    if (this.#background) handle.unref()
    return handle
  }

  #wake(): void {
    if (performance.now() >= this.#at) this.#fire()
    else this.#handle = this.#wait()
  }
}

/**
 * TCP, with TLS over it if requested. `lookup` resolves host names, like Node's `dns.lookup`. `reverse`
 * returns the names of addresses, like `dns.lookupService`; without it they have none.
 */
export function tcpTransport(
  lookup: LookupFunction,
  reverse: ReverseFunction = nameless,
): Transport {
  const names: Names = {
    addresses: (host, done) => addressesOf(lookup, host, done),
    nameOf: reverse,
    soon: (work) => nodeTimers.setImmediate(work),
  }
  return {
    connect(address, events, failures = 0, tls = null, canonical = false): Socket {
      if (!canonical) {
        return connectBy(failures === 0 ? lookup : rotated(lookup, failures), address, events, tls)
      }
      const quiet = { ...events, resolved: () => {} }
      return new Canonical(names, address, failures, events, (named) =>
        connectBy(lookup, named, quiet, tls),
      )
    },
  }
}

/** Like Node's `dns.lookupService`: the name of an address. */
export type ReverseFunction = Names['nameOf']

function addressesOf(
  lookup: LookupFunction,
  host: string,
  done: (error: Error | null, addresses: readonly string[]) => void,
): void {
  lookup(host, { all: true }, (error, found) => {
    const all = Array.isArray(found) ? found.map(({ address }) => address) : [found]
    if (error !== null) done(error, [])
    else if (all.length === 0) done(new Error(`${host} has no address`), [])
    else done(null, all)
  })
}

function connectBy(
  lookup: LookupFunction,
  address: Address,
  told: SocketEvents,
  tls: Tls | null,
): Socket {
  const events = new Heard(budget, told)
  let socket: TcpSocket
  let attempt: TlsAttempt | null = null
  try {
    const { host, port } = address
    attempt = tls?.attempt(address) ?? null
    socket = connectTcp({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      autoSelectFamilyAttemptTimeout: addressAttemptMs,
      lookup,
    })
  } catch (cause) {
    // A broker may advertise an invalid port, the runtime may forbid the network, and a store may have
    // become unreadable.
    nodeTimers.setImmediate(() => events.closed(cause as Error))
    return { write() {}, destroy() {} }
  }
  socket.on('lookup', (error) => {
    if (error === null) events.resolved(address.host)
  })
  if (attempt === null) {
    listen(socket, events)
    events.flow = socket
    return events.droppedBy(plain(socket))
  }
  const secured = new Secured(socket, address, attempt, events, write)
  events.flow = secured
  return events.droppedBy(secured)
}

function plain(socket: TcpSocket): Socket {
  return {
    write: (chunks, flushed) => write(socket, chunks, flushed),
    destroy: () => void socket.destroy(),
  }
}

/**
 * The addresses of a host in another order: first the one after those that were first before. Node tries
 * the next address only if the first accepts no connection. So an address that accepts, but is otherwise
 * dead, is skipped like this (KIP-602).
 */
function rotated(lookup: LookupFunction, failures: number): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found, family) => {
      if (error !== null || !Array.isArray(found) || found.length === 0) {
        done(error, found, family)
        return
      }
      const first = failures % found.length
      const addresses = [...found.slice(first), ...found.slice(0, first)]
      if (options.all === true) done(null, addresses)
      else done(null, addresses[0]!.address, addresses[0]!.family)
    })
  }
}

/** Addresses have no names, and stand for themselves. */
function nameless(address: string, _port: number, done: Parameters<ReverseFunction>[2]): void {
  done(null, address)
}

function listen(socket: TcpSocket, events: SocketEvents): void {
  let cause: Error | null = null
  socket.on('connect', () => events.connected())
  socket.on('data', (chunk) => events.data(chunk))
  socket.on('error', (error) => {
    cause ??= error
  })
  // A broker never half-closes: it would not read anything that we still write.
  socket.on('end', () => socket.destroy())
  socket.on('close', () => events.closed(cause))
}

function write(socket: TcpSocket, chunks: readonly Uint8Array[], flushed?: () => void): void {
  const last = chunks.length - 1
  if (last === 0 && flushed === undefined) {
    socket.write(chunks[0]!)
    return
  }
  socket.cork()
  for (let index = 0; index < last; index += 1) socket.write(chunks[index]!)
  socket.write(chunks[last] ?? '', (error) => {
    // For a destroyed socket, Node calls this without an error, whether the bytes were written or not.
    if (!error && !socket.destroyed) flushed?.()
  })
  socket.uncork()
}

/** The real clock, randomness, TCP and threads. */
export const realRuntime: Runtime = {
  clock: clockWithin(budget, machineClock),
  random: Math.random,
  // Read each time, because some programs replace it by a caching lookup. Loaded by the first name, and not
  // imported, because an import also loads `dns/promises`.
  transport: tcpTransport(
    (host, options, done) => nodeDns().lookup(host, options, done),
    (address, port, done) => nodeDns().lookupService(address, port, done),
  ),
  compressor: threadPool,
  context,
  warn: (message, code) => process.emitWarning(message, { type: 'KafkaWarning', code }),
}

function nodeDns(): typeof import('node:dns') {
  return process.getBuiltinModule('node:dns')
}
