// KIP-794 by its definition: the table of running sums that Java's producer builds each time it
// reads its queues. lib/partitioners/queue-load.ts has to agree with it for every random number.

import type { Random } from '../../lib/runtime.ts'

/** Partitions with the running sum of their weights; the last sum is the total. */
export interface LoadTable {
  readonly partitions: readonly number[]
  readonly sums: readonly number[]
}

/**
 * The table for the queue lengths of a topic, by partition. `null` stands for a partition that must
 * not be chosen, because it has no leader or its leader is too slow.
 *
 * The weight of a partition is the longest length + 1 - its own. There is no table (null), and the
 * choice stays uniform, if there are fewer than two partitions, if none may be chosen, and if all
 * have the same weight.
 */
export function loadTable(lengths: readonly (number | null)[]): LoadTable | null {
  const partitions: number[] = []
  let longest = 0
  let shortest = Number.POSITIVE_INFINITY
  lengths.forEach((length, partition) => {
    if (length === null) return
    partitions.push(partition)
    longest = Math.max(longest, length)
    shortest = Math.min(shortest, length)
  })
  if (lengths.length < 2 || partitions.length === 0) return null
  if (partitions.length === lengths.length && longest === shortest) return null

  let sum = 0
  const sums = partitions.map((partition) => {
    sum += longest + 1 - lengths[partition]!
    return sum
  })
  return { partitions, sums }
}

/** A partition by weight: the first one whose running sum is above a random share of the total. */
export function weighted(table: LoadTable, random: Random): number {
  const { partitions, sums } = table
  const share = Math.floor(random() * sums.at(-1)!)
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle]! > share) high = middle
    else low = middle + 1
  }
  return partitions[low]!
}
