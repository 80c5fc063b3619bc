// The addresses that a run's producers begin with. A connection to a bootstrap server goes on as a broker's if that
// broker is told to be at the very same address. By other names, every broker is connected to by itself.

export function bootstrapOf(servers: string, isAtHome = false): string {
  return isAtHome ? servers : servers.replaceAll('127.0.0.1', 'bootstrap')
}
