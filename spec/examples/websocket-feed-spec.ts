import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Subject, takeUntil } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { publish, trades } from '../../examples/websocket-feed.ts'
import {
  configFor,
  lingering,
  listen,
  logOf,
  requestsOf,
  startCluster,
  until,
} from '../support/scenario.ts'

/** A feed that treats each connection as the next entry of `script` says. */
async function startFeed(...script: ((socket: WebSocket) => void)[]) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on('connection', (socket) => script.shift()?.(socket))
  await once(server, 'listening')
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const trade = (number: number) => ({ symbol: 'XYZ', price: number, at: 1_700_000_000_000 + number })
const say = (socket: WebSocket, ...numbers: number[]) => {
  for (const number of numbers) socket.send(JSON.stringify(trade(number)))
}
const topics = { trades: {} }

describe('the WebSocket feed', () => {
  it('becomes one record for each message, with the time of the trade', async () => {
    const cluster = await startCluster({ topics })
    const { url } = await startFeed((socket) => {
      say(socket, 1, 2)
      socket.close()
    })
    expect(await listen(publish(trades(url, 0), configFor(cluster))).ended).toBeNull()
    const landed = await cluster.records('trades')
    expect(landed.map(({ keyText, timestamp }) => [keyText, timestamp])).toEqual([
      ['XYZ', trade(1).at],
      ['XYZ', trade(2).at],
    ])
    expect(landed.map(({ valueText }) => JSON.parse(valueText!))).toEqual([trade(1), trade(2)])
  })

  it('reconnects after a loss, with the same producer, and sends nothing twice', async () => {
    const cluster = await startCluster({ topics })
    const { url } = await startFeed(
      (socket) => {
        say(socket, 1, 2)
        void until(() => [...cluster.read('trades')].length === 2).then(() => socket.terminate())
      },
      (socket) => {
        say(socket, 3)
        socket.close()
      },
    )
    expect(await listen(publish(trades(url, 0), configFor(cluster))).ended).toBeNull()
    const prices = (await logOf(cluster, 'trades')).map((value) => JSON.parse(value!).price)
    expect(prices).toEqual([1, 2, 3])
    expect(requestsOf(cluster, 'InitProducerId')).toHaveLength(1)
  })

  it('is closed, and its messages are delivered, when takeUntil above ends it', async () => {
    const cluster = await startCluster({ topics })
    const stop$ = new Subject<void>()
    const { server, url } = await startFeed((socket) => {
      say(socket, 1)
      socket.on('close', () => hungUp.next())
    })
    const hungUp = new Subject<void>()
    const gone = new Promise<void>((resolve) => hungUp.subscribe(resolve))
    const config = configFor(cluster, lingering)
    const delivered = listen(publish(trades(url, 0).pipe(takeUntil(stop$)), config))
    await until(() => requestsOf(cluster, 'Metadata').length > 0)
    stop$.next()
    expect(await delivered.ended).toBeNull()
    expect(await cluster.records('trades')).toHaveLength(1)
    await gone
    expect(server.clients.size).toBe(0)
  })
})
