import { describe, expect, it } from 'vitest'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { BrokerError } from '../../lib/errors/broker-error.ts'
import { errorCodes, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { type OutcomeRules, Outcomes, type Settled } from '../../lib/sender/outcomes.ts'
import { PartitionLine } from '../../lib/sender/partition-line.ts'
import { type BatchOfSettings, batchOf } from '../support/batch-of.ts'
import { FakeClock } from '../support/fake-runtime.ts'
import { placeOf } from '../support/place-of.ts'
import { responseOf } from '../support/scripted-dispatch.ts'

// What an answer does to one batch. sender-spec.ts has whole partitions.

const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1 }
const said = responseOf({ acks: -1, timeoutMs: 0, topicData: [topicData()] }, [17])
const part = said.responses![0]!.partitionResponses[0]!

function topicData() {
  return { name: 't', topicId: '', partitionData: [{ index: 0, records: null }] }
}

function judged(rules: Partial<OutcomeRules> = {}) {
  const clock = new FakeClock()
  const line = new PartitionLine(placeOf(), { idempotent: false, maxInFlight: 5 })
  const refreshed = { times: 0 }
  const refresh = () => {
    refreshed.times += 1
  }
  const usual = { acks: -1, idempotent: false, retries: 3, backoff: (n: number) => 100 + n }
  const outcomes = new Outcomes({ ...usual, ...rules } as OutcomeRules, {
    clock,
    random: () => 0.5,
    refresh,
  })
  const sent = (values = ['a', 'b'], settings: BatchOfSettings = {}): Batch => {
    const { batch } = batchOf(values, settings)
    batch.close()
    batch.depart(stamp, 0)
    line.departed(batch, clock.now(), zeroUuid)
    return batch
  }
  const judge = (batch: Batch, name: KafkaErrorName) => {
    line.onWire -= 1
    batch.landed()
    const { code } = errorCodes[name]
    const error = code === 0 ? null : new BrokerError(code, { request: 'Produce t-0' })
    outcomes.judge({ line, batch }, errorCodes[name], error, part)
  }
  return { clock, line, outcomes, sent, judge, refreshed }
}

function takenFrom({ settled }: Outcomes): Settled[] {
  const taken: Settled[] = []
  for (let one = settled.shift(); one !== undefined; one = settled.shift()) taken.push(one)
  return taken
}

describe('Outcomes', () => {
  it('gives a result once, with the offset', () => {
    const { outcomes, sent, judge } = judged()
    const batch = sent()
    judge(batch, 'NONE')
    expect(outcomes.settled.length).toBe(1)
    expect(takenFrom(outcomes)).toMatchObject([{ batch, failure: null }])
    expect(takenFrom(outcomes)).toEqual([])
    expect(batch.baseOffset).toBe(17)
  })

  it('retries a batch, later each time, and then fails it', () => {
    const { outcomes, clock, sent, judge, line } = judged()
    const batch = sent()
    clock.advance(1000)
    for (const waited of [1100, 1101, 1102]) {
      judge(batch, 'NOT_ENOUGH_REPLICAS')
      expect([batch.state, batch.notBefore]).toEqual(['closed', waited])
      batch.depart(stamp, 0)
      line.departed(batch, clock.now(), zeroUuid)
    }
    judge(batch, 'NOT_ENOUGH_REPLICAS')
    expect(batch.state).toBe('failed')
    expect(takenFrom(outcomes)).toHaveLength(1)
  })

  it('requests metadata if the answer says that it is stale', () => {
    const { sent, judge, refreshed } = judged()
    judge(sent(), 'NOT_LEADER_OR_FOLLOWER')
    judge(sent(), 'NOT_ENOUGH_REPLICAS')
    expect(refreshed.times).toBe(1)
  })

  it('reports a fatal error once', () => {
    const { outcomes, sent, judge } = judged({ idempotent: true })
    const [one, other] = [sent(), sent()]
    judge(one, 'CLUSTER_AUTHORIZATION_FAILED')
    judge(other, 'PRODUCER_FENCED')
    expect(takenFrom(outcomes)).toHaveLength(2)
    expect(outcomes.takeDoom()).toMatchObject({ code: 'CLUSTER_AUTHORIZATION_FAILED' })
    expect(outcomes.takeDoom()).toBeNull()
  })

  it('never withdraws doubt, and settles an open question only by proof', () => {
    const { clock, sent, judge, line } = judged({ idempotent: true, retries: 99 })
    const batch = sent()
    const steps: [KafkaErrorName, boolean, boolean][] = [
      ['NOT_ENOUGH_REPLICAS', false, false],
      ['REQUEST_TIMED_OUT', true, true],
      ['NOT_ENOUGH_REPLICAS', true, true],
      ['OUT_OF_ORDER_SEQUENCE_NUMBER', true, false],
      ['NETWORK_EXCEPTION', true, true],
    ]
    for (const [name, doubt, undecided] of steps) {
      judge(batch, name)
      expect([name, batch.doubt, batch.undecided]).toEqual([name, doubt, undecided])
      batch.depart(stamp, 0)
      line.departed(batch, clock.now(), zeroUuid)
    }
  })

  it('makes no further attempt once it is halted', () => {
    const { outcomes, sent, judge } = judged()
    const batch = sent()
    outcomes.halt({ code: 'CLOSED' })
    outcomes.halt({ code: 'DISCARDED' })
    expect(outcomes.halted).toEqual({ code: 'CLOSED' })
    judge(batch, 'NOT_ENOUGH_REPLICAS')
    expect(batch.state).toBe('failed')
  })

  it('splits a batch of two or more records', () => {
    const { outcomes, sent, judge, line } = judged()
    judge(sent(['a', 'b', 'c']), 'MESSAGE_TOO_LARGE')
    expect(line.batches.map(({ count }) => count)).toEqual([1, 2])
    judge(sent(['a']), 'MESSAGE_TOO_LARGE')
    expect(takenFrom(outcomes).map(({ failure }) => failure!.code)).toEqual(['RECORD_TOO_LARGE'])
  })
})
