// Settings that can be printed. A serializer, a partitioner, an interceptor or a reporter is the user's own
// object and may hold secrets, so inspect() and JSON show only its type. Called by resolveConfig; code that
// reads the settings gets the objects themselves.

import { kindOf } from '../errors/quoted.ts'
import type { Settings } from './settings.ts'

const printed = Symbol.for('nodejs.util.inspect.custom')

/** The same settings, which show no plug-in when they are printed. */
export function discreet(settings: Settings): Settings {
  const view = () => ({
    ...settings,
    keySerializer: kindOf(settings.keySerializer),
    valueSerializer: kindOf(settings.valueSerializer),
    partitioner: settings.partitioner && kindOf(settings.partitioner),
    interceptors: settings.interceptors.map(kindOf),
    metricReporters: settings.metricReporters.map(kindOf),
    security: {
      ...settings.security,
      tls: settings.security.tls && kindOf(settings.security.tls),
      sasl: settings.security.sasl?.name ?? null,
    },
  })
  return Object.defineProperties(settings, {
    [printed]: { value: view },
    toJSON: { value: view },
  })
}
