import { checkBatch } from '../../lib/records/batch-reader.ts'

// The values of the records in a Produce request, as a broker has decoded it.

export interface ProduceLike {
  readonly topicData: readonly {
    readonly partitionData: readonly {
      readonly records: Uint8Array | readonly Uint8Array[] | null
    }[]
  }[]
}

/** All values of a Produce request's body, joined. */
export function decodeBatch(body: unknown): string {
  const { topicData } = body as ProduceLike
  return topicData
    .flatMap(({ partitionData }) => partitionData)
    .flatMap(({ records }) => {
      const bytes = Buffer.concat(records instanceof Uint8Array ? [records] : [...(records ?? [])])
      return checkBatch(bytes).records.map(({ value }) => Buffer.from(value ?? []).toString())
    })
    .join('')
}
