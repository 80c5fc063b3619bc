import { describe, expect, it } from 'vitest'
import { Errands } from '../../lib/cluster/errands.ts'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import { ProtocolError } from '../../lib/errors/protocol-error.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import type { Connection } from '../../lib/wire/connection.ts'
import { FakeClock } from '../support/fake-runtime.ts'

const identity = { transactionalId: null, transactionTimeoutMs: 60_000 }
const closed = new ConnectionError('CLOSED', 'closed')

function setUp() {
  const clock = new FakeClock()
  const log: string[] = []
  const errands = new Errands(clock, (work) => work())
  const push = (name: string) =>
    errands.push(InitProducerId, identity, {
      answered() {},
      failed: (error) => log.push(`${name} failed ${error.code}`),
    })
  const connection = (send: () => void) => ({ send }) as unknown as Connection
  return { clock, log, errands, push, connection }
}

describe('requests for any broker', () => {
  it('are sent one by one', () => {
    const { errands, push, connection } = setUp()
    let sent = 0
    const counting = connection(() => {
      sent += 1
    })
    push('a')
    push('b')
    errands.sendNext(counting)
    expect([sent, errands.length]).toEqual([1, 1])
    errands.sendNext(counting)
    errands.sendNext(counting)

    expect([sent, errands.length]).toEqual([2, 0])
  })

  it('all fail, in order and later, when they are dropped', () => {
    const { clock, errands, log, push } = setUp()
    push('a')
    push('b')
    errands.dismiss(closed)
    expect(log).toEqual([])
    clock.settle()

    expect(log).toEqual(['a failed CLOSED', 'b failed CLOSED'])
    expect(errands.length).toBe(0)
  })

  it('fail, later, if the broker cannot be sent them', () => {
    const { clock, errands, log, push, connection } = setUp()
    push('a')
    errands.sendNext(
      connection(() => {
        throw new ProtocolError('INVALID_VALUE', 'no such field')
      }),
    )
    expect(log).toEqual([])
    clock.settle()

    expect(log).toEqual(['a failed INVALID_VALUE'])
  })

  it('do not hide a bug of this package', () => {
    const { errands, push, connection } = setUp()
    push('a')
    const faulty = connection(() => {
      throw new TypeError('a fault')
    })

    expect(() => errands.sendNext(faulty)).toThrow('a fault')
  })
})
