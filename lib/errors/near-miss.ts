// The name that an unknown name was probably meant to be.

/** The nearest of `names`; null if none is near enough. */
export function nearMiss(name: string, names: readonly string[]): string | null {
  let best: string | null = null
  let least = Math.min(4, Math.floor(name.length / 3) + 1)
  for (const other of names) {
    // Each extra character costs at least one, and a name may have any length.
    if (Math.abs(name.length - other.length) >= least) continue
    const distance = editDistance(name, other)
    if (distance >= least) continue
    best = other
    least = distance
  }
  return best
}

/** `: did you mean 'linger.ms'?`, or nothing. */
export function suggestion(name: string, names: readonly string[]): string {
  const near = nearMiss(name, names)
  return near === null ? '' : `: did you mean '${near}'?`
}

/** The number of characters to insert, delete, replace or swap with a neighbour. */
export function editDistance(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const line = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        last[column]! + 1,
        line[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      )
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped && row > 1 && column > 1) cost = Math.min(cost, before[column - 2]! + 1)
      line.push(cost)
    }
    before = last
    last = line
  }
  return last[to.length]!
}
