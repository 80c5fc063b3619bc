// The life of a connection, as a table. Only `move` goes from one state to another.
// What security is configured decides how long securing and authenticating last; without any, both
// are passed by. Versions are asked for before a login, for SaslAuthenticate has several.

export type ConnectionState =
  | 'connecting'
  | 'securing'
  | 'negotiating'
  | 'authenticating'
  | 'ready'
  | 'reauthenticating'
  | 'closed'

/** From where a connection may go where. Every state may end; none comes back from the end. */
const legal: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  connecting: ['securing', 'closed'],
  securing: ['negotiating', 'closed'],
  negotiating: ['authenticating', 'closed'],
  authenticating: ['ready', 'closed'],
  ready: ['reauthenticating', 'closed'],
  reauthenticating: ['ready', 'closed'],
  closed: [],
}

/** Gives `to`, which has to be legal from `from`. */
export function move(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (legal[from].includes(to)) return to
  throw new Error(`a connection cannot go from ${from} to ${to}`)
}
