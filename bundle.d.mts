/** Writes the bundled entries of the package, with their source maps, into `folder`. */
export function bundle(folder: string): Promise<void>

/** Removes the declarations in `folder` that no entry leads to. */
export function prune(folder: string): void
