/** The part of measure.mjs that kafka.ts and transactions-kafka.ts use. */
export function median(numbers: readonly number[]): number
export function ratio(number: number): string
export function thousands(nanoseconds: number): string
export function whole(number: number): string
export function print(table: {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly not: string
}): void
