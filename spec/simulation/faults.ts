import type { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import type { FaultPlan } from './scenario.ts'

// What the brokers of a run do instead of working: a fault plan, scripted.

export function script(
  fault: FaultPlan,
  topic: string,
  cluster: SimulatedCluster,
  clock: VirtualClock,
): void {
  switch (fault.kind) {
    case 'move':
      clock.at(fault.at, () => cluster.moveLeader(topic, fault.partition, fault.broker))
      return
    case 'stop':
      clock.at(fault.at, () => cluster.stopBroker(fault.broker, { failover: fault.failover }))
      clock.at(fault.at + fault.ms, () => cluster.startBroker(fault.broker))
      return
    case 'pause':
      clock.at(fault.at, () => cluster.pauseBroker(fault.broker))
      clock.at(fault.at + fault.ms, () => cluster.resumeBroker(fault.broker))
      return
    case 'stale':
      clock.at(fault.at, () => {
        cluster.freezeView(fault.broker)
        cluster.moveLeader(topic, fault.partition, fault.to)
      })
      clock.at(fault.at + fault.ms, () => cluster.thawView(fault.broker))
      return
    case 'identity':
      cluster
        .on('InitProducerId', { nth: 1, times: fault.times })
        .reply(fault.error, { appended: false })
      return
    case 'slowIdentity':
      cluster.on('InitProducerId', { nth: 1 }).delay(fault.ms)
      return
    case 'reply':
      cluster
        .on('Produce', { nth: fault.nth, times: fault.times, partition: fault.partition })
        .reply(fault.error, { appended: fault.appended })
      return
    default:
      scriptOnce(fault, cluster)
  }
}

type Once = Extract<FaultPlan, { readonly nth: number }>

function scriptOnce(
  fault: Exclude<Once, { readonly kind: 'reply' }>,
  cluster: SimulatedCluster,
): void {
  const one = cluster.on('Produce', { nth: fault.nth })
  if ('ms' in fault) {
    if (fault.kind === 'delay') one.delay(fault.ms)
    else one.throttle(fault.ms)
  } else if (fault.kind === 'hang') one.hang({ appended: fault.nth % 2 === 0 })
  else if (fault.kind === 'cutBefore') one.closeBeforeAppend()
  else one.closeAfterAppend()
}
