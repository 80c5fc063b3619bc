/** The part of records.mjs that kafka.ts uses. */
export function values(size: number): (index: number) => string
