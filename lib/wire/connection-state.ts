// The life of a connection, as a table. Only `move` changes the state. The configured security decides how
// long securing and authenticating last; without any, both are skipped. Versions are requested before a
// login, because SaslAuthenticate has several. A bootstrap server's connection that goes on as a broker's is
// `confirming` until that broker has said that it is the one.

export type ConnectionState =
  | 'connecting'
  | 'securing'
  | 'negotiating'
  | 'authenticating'
  | 'ready'
  | 'confirming'
  | 'reauthenticating'
  | 'closed'

/** The allowed transitions. Every state may end; the end is final. */
const legal: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  connecting: ['securing', 'closed'],
  securing: ['negotiating', 'closed'],
  negotiating: ['authenticating', 'closed'],
  authenticating: ['ready', 'closed'],
  ready: ['confirming', 'reauthenticating', 'closed'],
  confirming: ['ready', 'closed'],
  reauthenticating: ['ready', 'closed'],
  closed: [],
}

/** Returns `to`, which must be allowed from `from`. */
export function move(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (legal[from].includes(to)) return to
  throw new Error(`a connection cannot go from ${from} to ${to}`)
}

/** Whether the network, TLS or a required login is still to come. */
export function isSettingUp(state: ConnectionState, hasLogin: boolean): boolean {
  switch (state) {
    case 'connecting':
    case 'securing':
    case 'reauthenticating':
      return true
    case 'negotiating':
    case 'authenticating':
      return hasLogin
    default:
      return false
  }
}
