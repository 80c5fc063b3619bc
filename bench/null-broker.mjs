// A transport without a network: the null exchange (null-exchange.mjs) answers each request in the next turn of the
// event loop. Its own time is counted, so that it can be subtracted.

import { realRuntime } from '../build/lib/wire/transport.js'
import { NullExchange } from './null-exchange.mjs'

export class NullBroker {
  #exchange
  /** One request is parsed at a time: all are copied here. */
  #scratch = Buffer.allocUnsafeSlow(2 ** 22)
  #id
  #ownMs = 0

  constructor(topic, partitions, options = {}) {
    this.#exchange = new NullExchange(topic, partitions, options)
    const [broker] = this.#exchange.model.state.brokers
    broker.port = 9092
    this.#id = broker.id
    this.bootstrapServers = `${broker.host}:9092`
    this.runtime = { ...realRuntime, transport: { connect: (_, events) => this.#connect(events) } }
  }

  /** Records, batches and requests so far, and the milliseconds that this broker itself has taken. */
  get facts() {
    const { records, batches, requests } = this.#exchange
    return { records, batches, requests, ownMs: this.#ownMs }
  }

  #connect(events) {
    let open = true
    setImmediate(() => events.connected())
    return {
      write: (chunks, flushed) => setImmediate(() => open && this.#answer(chunks, events, flushed)),
      destroy: () => {
        open = false
        setImmediate(() => events.closed(null))
      },
    }
  }

  #answer(chunks, events, flushed) {
    const begun = performance.now()
    const { chunks: answer } = this.#exchange.receive(this.#id, this.#frame(chunks))
    const bytes = Buffer.concat(answer)
    this.#ownMs += performance.now() - begun
    flushed?.()
    events.data(bytes)
  }

  /** A request in one piece, without its size. */
  #frame(chunks) {
    let end = 0
    for (const chunk of chunks) {
      this.#scratch.set(chunk, end)
      end += chunk.length
    }
    return this.#scratch.subarray(4, end)
  }
}
