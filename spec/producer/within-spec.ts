import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { within } from '../../lib/producer/within.ts'
import { realRuntime } from '../../lib/wire/transport.ts'

const store = new AsyncLocalStorage<string>()
const here = () => store.getStore()
const inA = () =>
  within(
    realRuntime,
    store.run('A', () => new AsyncResource('test')),
  )

it('fires a timer in its own context, whoever has set it', async () => {
  const { clock } = inA()
  const place = await new Promise((resolve) =>
    store.run('B', () => clock.at(clock.now(), () => resolve(here()))),
  )
  expect(place).toBe('A')
})

it('emits the events of a socket in its own context, whoever has opened it', async () => {
  const { transport } = inA()
  const server = createServer((socket) => socket.end('bytes')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const places: (string | undefined)[] = []
  await new Promise<void>((resolve) =>
    store.run('B', () =>
      transport.connect(
        { host: '127.0.0.1', port },
        {
          connected: () => places.push(here()),
          data: () => places.push(here()),
          closed() {
            places.push(here())
            resolve()
          },
        },
      ),
    ),
  )
  expect(places).toEqual(['A', 'A', 'A'])
  server.close()
})

it('is the same runtime without a context', () => {
  expect(within(realRuntime, null)).toBe(realRuntime)
})
