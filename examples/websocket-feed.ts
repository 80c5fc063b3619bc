// A WebSocket feed into Kafka. `retry` is above toKafka: a lost WebSocket is opened again, and no record is sent twice.
// Below toKafka, it would also create a new producer.
//
// The feed cannot wait. While the brokers are away, records wait in `buffer.memory`, then
// outside it for `max.block.ms`, at most `maxWaiting` of them; then the stream fails.

import { map, type Observable, retry, timer } from 'rxjs'
import { webSocket } from 'rxjs/webSocket'
import { type ProducerConfig, type ToKafkaOptions, toKafka } from 'to-kafka'
import { WebSocket } from 'ws' // Node has one since version 22

export interface Trade {
  readonly symbol: string
  readonly price: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The trades of a feed in JSON, as long as it is subscribed or until the feed ends. */
export function trades(url: string, reconnectMs = 1000): Observable<Trade> {
  return webSocket<Trade>({ url, WebSocketCtor: WebSocket as never }).pipe(
    retry({ delay: () => timer(reconnectMs) }),
  )
}

/** Writes trades with their symbols as keys, and with the times at which they were made. */
export function publish(
  trades$: Observable<Trade>,
  config: ProducerConfig,
  options: ToKafkaOptions = {},
) {
  return trades$.pipe(
    map((trade) => ({
      topic: 'trades',
      key: trade.symbol,
      value: JSON.stringify(trade),
      timestamp: trade.at,
    })),
    toKafka(config, options),
  )
}

// publish(trades('wss://feed.example/trades').pipe(takeUntil(sigterm$)), config).subscribe(…)
