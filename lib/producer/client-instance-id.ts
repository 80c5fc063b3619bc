import { Alarm } from '../collections/alarm.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { ConfigError } from '../errors/config-error.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { Engine } from './engine.ts'

// The id under which brokers know this producer's metrics.

export function instanceIdOf(engine: Engine, timeout: number | undefined): Promise<string> {
  const { telemetry, settings, runtime } = engine
  if (telemetry === null) return Promise.reject(notAllowed())
  const limitMs = timeout ?? settings.maxBlockMs
  return new Promise((resolve, reject) => {
    const late = new Alarm(runtime.clock, () => {
      reject(tooLate(limitMs))
      takeBack()
    })
    late.set(runtime.clock.now() + limitMs)
    const takeBack = telemetry.identify((instanceId) => {
      late.clear()
      if (instanceId !== null) resolve(instanceId)
      else reject(engine.isEnding ? closed() : notTaken())
    })
  })
}

function notAllowed(): ConfigError {
  const key = 'enable.metrics.push'
  const message = `${key} is false, so brokers do not assign an id`
  return new ConfigError('CONTRADICTION', message, { key, value: false, allowed: 'true' })
}

function tooLate(limitMs: number): ConnectionError {
  const message = `no broker assigned an id within ${limitMs} ms`
  return new ConnectionError('REQUEST_TIMEOUT', message, { limitMs })
}

function closed(): ConnectionError {
  return new ConnectionError('CLOSED', 'the producer was closed')
}

function notTaken(): BrokerError {
  const detail = 'the brokers do not collect metrics from clients'
  const { code } = errorCodes.UNSUPPORTED_VERSION
  return new BrokerError(code, { request: 'GetTelemetrySubscriptions', detail })
}
