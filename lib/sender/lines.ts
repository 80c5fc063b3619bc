import { type LineRules, PartitionLine } from './partition-line.ts'

// The lines of all partitions that anything was ever sent to, one for each.

export class Lines {
  #rules: LineRules
  #topics = new Map<string, (PartitionLine | undefined)[]>()

  constructor(rules: LineRules) {
    this.#rules = rules
  }

  of({ topic, partition }: { readonly topic: string; readonly partition: number }): PartitionLine {
    let lines = this.#topics.get(topic)
    if (lines === undefined) {
      lines = []
      this.#topics.set(topic, lines)
    }
    let line = lines[partition]
    if (line === undefined) {
      line = new PartitionLine(topic, partition, this.#rules)
      lines[partition] = line
    }
    return line
  }

  *[Symbol.iterator](): IterableIterator<PartitionLine> {
    for (const lines of this.#topics.values()) {
      for (const line of lines) if (line !== undefined) yield line
    }
  }
}
