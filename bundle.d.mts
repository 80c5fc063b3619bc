/** Writes the bundled entries of the package, with their source maps, into `folder`. */
export function bundle(folder: string): Promise<void>

/** Writes the bundled declarations into `folder`, of those that tsc has written into `declarations`. */
export function bundleTypes(folder: string, declarations: string): Promise<void>
