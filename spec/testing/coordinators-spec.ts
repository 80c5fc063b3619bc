import { describe, expect, it } from 'vitest'
import { errorCode } from '../../lib/errors/error-codes.ts'
import { FindCoordinator } from '../../lib/protocol/messages/find-coordinator.ts'
import { brokers } from '../support/mock-brokers.ts'

const keyType = { group: 0, transaction: 1 } as const

function finder(options: Parameters<typeof brokers>[0] = {}) {
  const mock = brokers(options)
  for (const { id } of mock.model.state.brokers) mock.model.state.broker(id).port = 9000 + id
  const find = (kind: keyof typeof keyType, key: string, version = 6) => {
    const body =
      version < 4
        ? { key, keyType: version < 1 ? undefined : keyType[kind] }
        : { keyType: keyType[kind], coordinatorKeys: [key] }
    const answer = mock.ask(1, FindCoordinator, version, body)
    const found = version < 4 ? answer : answer.coordinators[0]!
    return [errorCode(found.errorCode).name, found.nodeId, found.port]
  }
  return { ...mock, find }
}

describe('FindCoordinator', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])('v%i names the broker for the hash of the key', (v) => {
    const { find } = finder()
    // As Java's "g".hashCode() = 103 % 50 = 3, "mine".hashCode() = 3351635 % 50 = 35.
    expect(find('group', 'g', v)).toEqual(['NONE', 1, 9001])
    if (v > 0) expect(find('transaction', 'mine', v)).toEqual(['NONE', 3, 9003])
  })

  it('finds no coordinator the first time if brokers have just started, and a new coordinator loads first', () => {
    let now = 0
    const { find, model } = finder({ justStarted: true, now: () => now })
    const refusal = () => model.coordinators.refusal('transaction', 'mine', 3, now)

    expect(find('transaction', 'mine')).toEqual(['COORDINATOR_NOT_AVAILABLE', -1, -1])
    now = 149
    expect(find('transaction', 'mine')).toEqual(['COORDINATOR_NOT_AVAILABLE', -1, -1])
    now = 150
    expect(find('transaction', 'mine')).toEqual(['NONE', 3, 9003])
    expect(refusal()).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    now = 250
    expect(refusal()).toBeNull()
  })

  it('does not support coordinators of share groups', () => {
    const { ask } = finder()
    const answer = ask(1, FindCoordinator, 6, { keyType: 2, coordinatorKeys: ['g:x:0'] })
    expect(errorCode(answer.coordinators[0]!.errorCode).name).toBe('INVALID_REQUEST')
  })

  it('moves the coordinators of a stopped broker, or waits for that broker if no other takes over', () => {
    const { find, model } = finder()
    model.stopBroker(3, true)
    expect(find('transaction', 'mine')).toEqual(['NONE', 2, 9002])
    model.startBroker(3)
    expect(find('transaction', 'mine')).toEqual(['NONE', 2, 9002])
    model.stopBroker(2, false)
    expect(find('transaction', 'mine')).toEqual(['COORDINATOR_NOT_AVAILABLE', -1, -1])
    model.startBroker(2)
    expect(find('transaction', 'mine')).toEqual(['NONE', 2, 9002])
  })

  it('may be changed by a script', () => {
    const { find, script } = finder()
    script.on('FindCoordinator', { nth: 1 }).reply('COORDINATOR_NOT_AVAILABLE')
    expect(find('group', 'g')).toEqual(['COORDINATOR_NOT_AVAILABLE', -1, -1])
    expect(find('group', 'g')).toEqual(['NONE', 1, 9001])
  })
})
