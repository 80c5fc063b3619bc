import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../lib/cluster/cluster.ts'
import type { LeaderHint } from '../../lib/cluster/told.ts'
import { ClusterDispatch } from '../../lib/producer/cluster-dispatch.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import type { ProduceResponse } from '../../lib/sender/dispatch.ts'
import { placeOf } from '../support/place-of.ts'

const id = 'AAAAAAAAAAAAAAAAAAAABQ'
const zero = 'AAAAAAAAAAAAAAAAAAAAAA'

class FakeCluster {
  readonly sent: unknown[][] = []
  readonly hints: [readonly LeaderHint[], unknown][] = []
  updates = 0
  ready = true
  readonly topics = [{ name: 't', id }]
  canSend = (node: number) => node === 1
  connection = () => (this.ready ? { version: () => 12 } : undefined)
  send = (...call: unknown[]) => this.sent.push(call)
  sendToLeastLoaded = (...call: unknown[]) => this.sent.push(call)
  applyHints = (hints: readonly LeaderHint[], endpoints: unknown) =>
    this.hints.push([hints, endpoints])
  requestUpdate = () => {
    this.updates += 1
  }
}

function stage(acks = -1) {
  const cluster = new FakeCluster()
  return { cluster, dispatch: new ClusterDispatch(cluster as unknown as Cluster, acks) }
}

const answer = { answered() {}, failed() {} }
const body = { acks: -1, timeoutMs: 1, topicData: [] }

function part(index: number, leaderId: number, leaderEpoch: number) {
  return { index, currentLeader: { leaderId, leaderEpoch } }
}

function response(topics: readonly object[], nodeEndpoints: readonly object[] = []) {
  return { responses: topics, nodeEndpoints } as unknown as ProduceResponse
}

describe('ClusterDispatch', () => {
  it("answers the sender's questions about leaders and topics", () => {
    const { dispatch } = stage()
    const place = placeOf(0)
    expect([dispatch.leaderOf(place), dispatch.leaderEpochOf(place)]).toEqual([-1, -1])
    expect(dispatch.topicIdOf(place)).toBe(zero)
    Object.assign(place, { leader: 1, node: 1, leaderEpoch: 7 })
    place.of.id = id
    expect([dispatch.leaderOf(place), dispatch.leaderEpochOf(place)]).toEqual([1, 7])
    expect(dispatch.topicIdOf(place)).toBe(id)
    expect(dispatch.canSend(1)).toBe(true)
    expect(dispatch.produceVersion(1)).toBe(12)
  })

  it('returns -1 for the version of a broker that is not ready', () => {
    const { cluster, dispatch } = stage()
    cluster.ready = false
    expect(dispatch.produceVersion(1)).toBe(-1)
  })

  it.each([
    [0, false],
    [1, true],
    [-1, true],
  ])('sends with acks=%s expecting an answer: %s', (acks, expectsAnswer) => {
    const { cluster, dispatch } = stage(acks)
    dispatch.produce(1, 9, body, answer)
    expect(cluster.sent).toEqual([[1, Produce, body, answer, { version: 9, expectsAnswer }]])
  })

  it('requests an identity from any broker', () => {
    const { cluster, dispatch } = stage()
    dispatch.initProducerId(answer)
    expect(cluster.sent).toEqual([
      [InitProducerId, { transactionalId: null, transactionTimeoutMs: 2 ** 31 - 1 }, answer],
    ])
  })

  it('passes on that metadata is stale', () => {
    const { cluster, dispatch } = stage()
    dispatch.refresh()
    expect(cluster.updates).toBe(1)
  })

  it('learns of newer leaders, by the name or the id of their topic', () => {
    const { cluster, dispatch } = stage()
    const endpoint = { nodeId: 2, host: 'h', port: 9, rack: null }
    dispatch.learn(
      response(
        [
          { name: 't', topicId: zero, partitionResponses: [part(0, 2, 8), part(1, -1, -1)] },
          { name: '', topicId: id, partitionResponses: [part(2, 3, 9)] },
        ],
        [endpoint],
      ),
    )
    expect(cluster.hints).toEqual([
      [
        [
          { topic: 't', partition: 0, leader: 2, leaderEpoch: 8 },
          { topic: 't', partition: 2, leader: 3, leaderEpoch: 9 },
        ],
        [{ id: 2, host: 'h', port: 9 }],
      ],
    ])
  })

  it('does not pass an answer without leaders to the cluster', () => {
    const { cluster, dispatch } = stage()
    dispatch.learn(response([{ name: 't', topicId: zero, partitionResponses: [part(0, -1, -1)] }]))
    expect(cluster.hints).toEqual([])
  })
})
