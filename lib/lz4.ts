// `import 'to-kafka/lz4'` imports the package that compresses lz4, for `compression.type: 'lz4'`, so that bundlers,
// test runners and package managers see the import. It exports nothing.

import { compress } from 'lz4-wasm-nodejs'
import { registerLz4 } from './records/lz4-package.ts'

registerLz4(compress)
