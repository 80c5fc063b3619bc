// The tables of bench/RESULTS.md, as they are written there: the source of the charts and of the
// claims on pages.

import { readFileSync } from 'node:fs'

const text = readFileSync(new URL('../../bench/RESULTS.md', import.meta.url), 'utf8')

export interface Table {
  /** The text of a cell, by the first cell of its row and by its column. */
  cell(row: string, column: string): string
  /** All cells of a row, for tables in which two columns have one name. */
  cells(row: string): readonly string[]
  /** The first cells of all rows. */
  readonly rows: readonly string[]
}

/** The table whose header begins like this. */
export function table(header: string): Table {
  const [block, ...others] = text.split(/\n\n+/).filter((part) => part.startsWith(`| ${header}`))
  if (block === undefined) throw new Error(`bench/RESULTS.md has no table that begins: ${header}`)
  if (others.length > 0)
    throw new Error(`bench/RESULTS.md has several tables that begin: ${header}`)
  const [columns = [], , ...body] = block.trim().split('\n').map(cellsOf)
  const rows = new Map(body.map((cells) => [cells[0]!, cells]))
  return {
    rows: [...rows.keys()],
    cells: (row) => rows.get(row) ?? [],
    cell(row, column) {
      const found = rows.get(row)?.[columns.indexOf(column)]
      if (found === undefined) throw new Error(`bench/RESULTS.md has no ${column} of ${row}`)
      return found
    },
  }
}

/** The numbers of a cell, in their order: `3.99 (2.43)` has two. */
export function numbersOf(cell: string): readonly number[] {
  return (cell.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map((digits) =>
    Number(digits.replace(/,(?=\d{3})/g, '')),
  )
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll(/[*`]/g, '').trim())
}
