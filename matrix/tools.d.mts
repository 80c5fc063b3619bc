/** A row of the matrix: a tool, and the commands that have to succeed with it. */
export interface Tool {
  readonly name: string
  /** What is installed with the package, by name and version. */
  readonly packages: Readonly<Record<string, string>>
  /** The project's files, by path. */
  readonly files: Readonly<Record<string, string>>
  /** Whether CI runs it. */
  readonly quick?: boolean
  readonly cells: Readonly<Record<string, string>>
}

export const tools: readonly Tool[]
