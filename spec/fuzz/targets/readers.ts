// A TopicReader whose broker sends wrong data: it ends soon, with records of the requested offsets,
// or with an error of this package that says why. The pause before a retry is left out
// (fuzz-spec.ts).

import { isKafkaError } from '../../../lib/errors/is-kafka-error.ts'
import { TopicReader } from '../../../lib/testing/topic-reader.ts'
import type { Dice } from '../dice.ts'
import { LyingBroker } from '../lying-broker.ts'
import { Finding, type Target } from '../target.ts'

/** Far more than a case takes, which is some milliseconds. */
const patienceMs = 5000

interface Range {
  readonly from: number | undefined
  readonly to: number | undefined
  readonly isolation: 'read_uncommitted' | 'read_committed'
}

export class Readers implements Target {
  readonly name = 'readers'
  readonly #outcomes = new Set<string>()
  #broker: LyingBroker | null = null

  get outcomes(): number {
    return this.#outcomes.size
  }

  async run(dice: Dice): Promise<void> {
    this.#broker ??= await LyingBroker.listening()
    this.#broker.begin(dice)
    const from = dice.percent(40) ? undefined : dice.below(6)
    const to = dice.percent(60) ? undefined : dice.below(8)
    const isolation = dice.percent(70) ? 'read_uncommitted' : 'read_committed'
    this.#outcomes.add(await outcome(this.#broker.port, { from, to, isolation }))
  }

  settle(): void {
    this.#broker?.close()
    this.#broker = null
  }
}

async function outcome(port: number, range: Range): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Finding('no end', JSON.stringify(range))), patienceMs)
  })
  try {
    return await Promise.race([read(port, range), late])
  } catch (error) {
    if (error instanceof Finding) throw error
    if (!isKafkaError(error)) throw new Finding(`${error}`, JSON.stringify(range), error)
    return error.code
  } finally {
    clearTimeout(timer)
  }
}

async function read(port: number, range: Range): Promise<string> {
  const reader = await TopicReader.open(`127.0.0.1:${port}`, 't')
  try {
    if (reader.partitions === 0) return 'no partition'
    let count = 0
    for await (const { records } of reader.batches(0, range)) {
      for (const { offset } of records) checkOffset(offset, range)
      count += records.length
    }
    return `${count} records`
  } finally {
    reader.close()
  }
}

function checkOffset(offset: number, range: Range): void {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range
  if (offset >= from && offset < to) return
  throw new Finding(`a record at ${offset}`, JSON.stringify(range))
}
