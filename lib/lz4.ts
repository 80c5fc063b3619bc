// `import 'to-kafka/lz4'`: the package that compresses lz4, imported where bundlers, test runners and package
// managers see it, for `compression.type: 'lz4'`. It exports nothing.

import { compress } from 'lz4-wasm-nodejs'
import { registerLz4 } from './records/lz4-package.ts'

registerLz4(compress)
