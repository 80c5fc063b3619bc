// Reads the topic of a chaos run back with Kafka's own consumer and compares it with the results of
// the stream. It returns a message for each record that is missing, duplicate, out of order, or not
// at the offset in its metadata. It reads line by line, because a long run has more records than
// memory should hold.

import { type ChaosStream, numberOf, textOf } from './chaos-stream.ts'
import { runJava } from './java-program.ts'
import type { JavaRecord } from './kafka-tools.ts'

const readLimitMs = 600_000

export interface Findings {
  /** Records in the log. */
  readonly records: number
  /** Records whose metadata had no offset: a duplicate whose offset the broker did not report. */
  readonly unplaced: number
  readonly wrong: readonly string[]
}

interface Line extends JavaRecord {
  readonly partition: number
}

export async function readBack(
  bootstrapServers: string,
  topic: string,
  stream: ChaosStream,
): Promise<Findings> {
  const check = new Check(stream)
  const onLine = (line: string) => check.add(JSON.parse(line) as Line)
  await runJava('RingReader', [bootstrapServers, topic], { onLine, limitMs: readLimitMs })
  return check.findings()
}

/** What was sent, and the reported place of each record. */
type Told = Pick<ChaosStream, 'sent' | 'placeOf'>

export class Check {
  readonly #stream: Told
  readonly #seen: Uint8Array
  /** The last number of each partition. */
  readonly #last: number[] = []
  readonly #wrong: string[] = []
  #records = 0
  #unplaced = 0

  constructor(stream: Told) {
    this.#stream = stream
    this.#seen = new Uint8Array(stream.sent)
  }

  add({ partition, offset, value }: Pick<Line, 'partition' | 'offset' | 'value'>): void {
    const text = Buffer.from(value ?? '', 'base64').toString()
    const number = numberOf(text)
    const found = `${partition}@${offset} holds ${number}`
    this.#records += 1
    if (text !== textOf(number) || !(number < this.#seen.length)) {
      this.#wrong.push(`${found}, which was never sent`)
      return
    }
    if (this.#seen[number] === 1) this.#wrong.push(`${found} once more`)
    this.#seen[number] = 1
    const last = this.#last[partition] ?? -1
    if (number < last) this.#wrong.push(`${found} behind ${last}`)
    this.#last[partition] = Math.max(number, last)
    this.#compare(found, partition, offset, number)
  }

  findings(): Findings {
    for (let number = 0; number < this.#seen.length; number++) {
      if (this.#seen[number] === 0) this.#wrong.push(`${number} is missing, ${this.#told(number)}`)
    }
    return { records: this.#records, unplaced: this.#unplaced, wrong: this.#wrong }
  }

  #compare(found: string, partition: number, offset: number, number: number): void {
    const told = this.#stream.placeOf(number)
    if (told.partition === partition && told.offset === offset) return
    if (told.partition === partition && told.offset === -1) this.#unplaced += 1
    else this.#wrong.push(`${found}, ${this.#told(number)}`)
  }

  #told(number: number): string {
    const { partition, offset } = this.#stream.placeOf(number)
    return partition < 0 ? 'of which nothing was told' : `told to be ${partition}@${offset}`
  }
}
