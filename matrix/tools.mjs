// The rows of the matrix: what is installed with the package, the files of the project, and its cells, each a command
// that exits with 0. `{bin}` is node_modules/.bin of the project. CI runs the rows that are `quick`.

import { readdirSync, readFileSync } from 'node:fs'
import { nestProgram } from './nest-program.mjs'
import { cjs, cjsTest, esm, esmBeside, esmTest } from './program.mjs'
import { registryProgram } from './registry-program.mjs'

const externals = "'lz4-wasm-nodejs'"
const both = { 'app.mjs': esm, 'app.cjs': cjs }
const sourced = { 'app.js': esm }
const types = new URL('../spec/types/', import.meta.url)
const typed = Object.fromEntries(
  readdirSync(types).map((name) => [`types/${name}`, readFileSync(new URL(name, types), 'utf8')]),
)

const node = (version) => ({
  name: `Node ${version}`,
  packages: { node: version },
  files: both,
  cells: { import: '{bin}/node app.mjs', require: '{bin}/node app.cjs' },
})

const typescript = (version) => ({
  name: `TypeScript ${version}`,
  packages: {
    typescript: version,
    '@types/node': '20.19.43',
    '@opentelemetry/api': '1.9.1',
  },
  files: typed,
  cells: Object.fromEntries(
    ['node16', 'nodenext', 'bundler'].map((resolution) => [
      resolution,
      `node node_modules/typescript/bin/tsc --noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --target es2022 --types node --module ${resolution === 'bundler' ? 'esnext' : resolution} --moduleResolution ${resolution} types/*.ts`,
    ]),
  ),
})

// The workaround that Jest prints: modules that are not CommonJS are transformed.
const ignored = "transformIgnorePatterns: ['/node_modules/(?!(to-kafka)/)'],"
const jest = (version) => ({
  name: `Jest ${version}`,
  quick: version.startsWith('30'),
  packages: {
    jest: version,
    'babel-jest': version,
    'jest-environment-jsdom': version,
    '@babel/core': '7.28.5',
    '@babel/preset-env': '7.28.5',
    'ts-jest': '29.4.15',
    typescript: '5.9.3',
    '@types/node': '20.19.43',
  },
  type: 'commonjs',
  files: {
    'cjs.test.js': cjsTest,
    'esm.test.mjs': esmTest(),
    'babel.config.js':
      "module.exports = { presets: [['@babel/preset-env', { targets: { node: '20' } }]] }",
    'babel.jest.js': `module.exports = { testMatch: ['**/cjs.test.js'], ${ignored} }`,
    'jsdom.jest.js': `module.exports = { testEnvironment: 'jsdom', testMatch: ['**/cjs.test.js'], ${ignored} }`,
    'ts.jest.js': `module.exports = { testMatch: ['**/cjs.test.js'], ${ignored} transform: { '\\\\.[cm]?[jt]s$': ['ts-jest', { diagnostics: false, isolatedModules: true, tsconfig: { allowJs: true, module: 'commonjs', target: 'es2022', esModuleInterop: true } }] } }`,
    'esm.jest.js': "module.exports = { testMatch: ['**/esm.test.mjs'], transform: {} }",
  },
  cells: {
    'CommonJS, babel-jest': '{bin}/jest --config babel.jest.js',
    'CommonJS, jsdom': '{bin}/jest --config jsdom.jest.js',
    'CommonJS, ts-jest': '{bin}/jest --config ts.jest.js',
    ESM: 'node --experimental-vm-modules node_modules/jest/bin/jest.js --config esm.jest.js',
  },
})

const example = (name) => readFileSync(new URL(`../examples/${name}.ts`, import.meta.url), 'utf8')

/** A NestJS application with the client of the examples. ESM since 12, and CommonJS before that. */
const nest = (version, format) => ({
  name: `NestJS ${version}`,
  packages: {
    '@nestjs/common': version,
    '@nestjs/core': version,
    '@nestjs/microservices': version === '12.5.1' ? '12.1.1' : version,
    'reflect-metadata': '0.2.2',
    esbuild: '0.28.2',
  },
  type: format === 'ESM' ? 'module' : 'commonjs',
  files: {
    'nestjs.ts': example('nestjs'),
    'nestjs-client.ts': example('nestjs-client'),
    'app.ts': nestProgram,
  },
  cells: {
    [format]: `{bin}/esbuild app.ts --bundle --packages=external --platform=node --format=${format === 'ESM' ? 'esm' : 'cjs'} --outfile=app.js && node app.js`,
  },
})

/** A page of Next: a route handler that sends, built and served. */
const nextFiles = {
  'app/layout.js': 'export default ({ children }) => children',
  'app/send/route.js': `${esm.replace(/\ncheck\(\)[\s\S]*$/, '\n')}
    export const dynamic = 'force-dynamic'
    export const GET = () => check().then(() => new Response('ok'), (error) => new Response(String(error.stack), { status: 500 }))`,
  'next.config.mjs': "export default { serverExternalPackages: ['lz4-wasm-nodejs'] }",
  'ask.mjs': `import { spawn } from 'node:child_process'
    const server = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'start', '-p', '0'])
    server.stderr.pipe(process.stderr)
    let said = ''
    for await (const text of server.stdout) {
      said += text
      const port = /localhost:(\\d+)/.exec(said)?.[1]
      if (port === undefined || !said.includes('Ready')) continue
      const answer = await (await fetch('http://localhost:' + port + '/send')).text()
      console.log(answer)
      process.exitCode = answer === 'ok' ? 0 : 1
      server.kill()
      break
    }`,
}

/** The examples that need nothing else, copied from the package as their page says. */
const standalone = [
  'settled',
  'shared-producer',
  'exactly-once',
  'testing-with-mock-cluster',
  'marble-test',
]
const examples = {
  name: 'Examples',
  packages: { node: '24.9.0' },
  files: {},
  cells: Object.fromEntries(
    standalone.map((name) => [
      name,
      `cp node_modules/to-kafka/examples/${name}.ts . && {bin}/node ${name}.ts`,
    ]),
  ),
}

/** All rows. */
export const tools = [
  ...['20.19.0', '22.23.3', '24.9.0', '26.9.0'].map(node),
  {
    name: 'rxjs 7.4.0',
    packages: { rxjs: '7.4.0' },
    files: both,
    cells: { import: 'node app.mjs' },
  },
  {
    name: 'rxjs 7.4.0 beside 7.8.2',
    packages: { rxjs: '7.8.2', 'own-rxjs': 'npm:rxjs@7.4.0' },
    files: { 'app.mjs': esmBeside },
    cells: { import: 'node app.mjs' },
  },
  ...['5.4.5', '6.0.3', '7.0.2'].map(typescript),
  {
    name: 'esbuild 0.28.2',
    quick: true,
    packages: { esbuild: '0.28.2' },
    files: sourced,
    cells: {
      ESM: '{bin}/esbuild app.js --bundle --minify --platform=node --format=esm --external:lz4-wasm-nodejs "--banner:js=import{createRequire}from\'node:module\';const require=createRequire(import.meta.url)" --outfile=out.mjs && node out.mjs',
      'ESM with own conditions, rxjs beside it':
        '{bin}/esbuild app.js --bundle --platform=node --format=esm --conditions=own --external:lz4-wasm-nodejs --external:rxjs --outfile=out.mjs && node out.mjs',
      CommonJS:
        '{bin}/esbuild app.js --bundle --minify --platform=node --format=cjs --external:lz4-wasm-nodejs --outfile=out.cjs && node out.cjs',
    },
  },
  {
    name: 'Rollup 4.68.8',
    packages: {
      rollup: '4.68.8',
      '@rollup/plugin-node-resolve': '16.0.3',
      '@rollup/plugin-commonjs': '29.0.3',
    },
    files: {
      ...sourced,
      'rollup.config.js': `import resolve from '@rollup/plugin-node-resolve'
        import commonjs from '@rollup/plugin-commonjs'
        export default { input: 'app.js', external: [${externals}], plugins: [resolve({ preferBuiltins: true }), commonjs()],
          output: [{ file: 'out.mjs', format: 'esm' }, { file: 'out.cjs', format: 'cjs' }] }`,
    },
    cells: {
      ESM: '{bin}/rollup -c && node out.mjs',
      CommonJS: '{bin}/rollup -c && node out.cjs',
    },
  },
  {
    name: 'webpack 5.113.0',
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
    files: {
      ...sourced,
      'webpack.config.cjs': `module.exports = { mode: 'production', target: 'node', entry: './app.js',
        externals: { 'lz4-wasm-nodejs': 'commonjs lz4-wasm-nodejs' },
        output: { path: __dirname, filename: 'out.cjs' } }`,
    },
    cells: { CommonJS: '{bin}/webpack && node out.cjs' },
  },
  {
    name: 'Vite 8.4.0',
    packages: { vite: '8.4.0' },
    files: {
      ...sourced,
      'vite.config.js': `export default { ssr: { noExternal: true, external: [${externals}] }, build: { ssr: 'app.js' } }`,
    },
    cells: { SSR: '{bin}/vite build && node dist/app.js' },
  },
  {
    name: 'ncc 0.45.0',
    packages: { '@vercel/ncc': '0.45.0' },
    files: sourced,
    cells: { ESM: '{bin}/ncc build app.js -o out -m && node out/index.js' },
  },
  {
    name: 'tsdown 0.23.7',
    packages: { tsdown: '0.23.7', typescript: '6.0.3', node: '24.9.0' },
    files: {
      ...sourced,
      'tsdown.config.mjs': `export default { entry: 'app.js', format: 'esm', platform: 'node', minify: true, dts: false,
        deps: { alwaysBundle: [/^to-kafka/, /^rxjs/, 'snappyjs', /^crc-32/] } }`,
    },
    cells: {
      'ESM, all inlined':
        '{bin}/node node_modules/tsdown/dist/run.mjs && ! grep -q "to-kafka/testing" dist/app.mjs && {bin}/node dist/app.mjs',
    },
  },
  {
    name: 'Next 16.4.6',
    packages: { next: '16.4.6', react: '19.2.0', 'react-dom': '19.2.0' },
    files: nextFiles,
    cells: { 'route handler': '{bin}/next build && node ask.mjs' },
  },
  nest('10.4.9', 'CommonJS'),
  nest('11.2.6', 'CommonJS'),
  nest('12.5.1', 'ESM'),
  {
    name: 'Confluent schemaregistry 1.10.1',
    packages: { '@confluentinc/schemaregistry': '1.10.1' },
    files: { 'app.mjs': registryProgram },
    cells: { 'Avro, async': 'node app.mjs' },
  },
  examples,
  ...['29.7.0', '30.5.2'].map(jest),
  {
    name: 'vitest 5.1.2',
    packages: { vitest: '5.1.2', vite: '8.4.0' },
    files: { 'app.test.js': esmTest("import { test } from 'vitest'\n") },
    cells: { ESM: '{bin}/vitest run' },
  },
  {
    name: 'node:test',
    quick: true,
    packages: {},
    files: {
      'app.test.mjs': esmTest(
        "import test_ from 'node:test'\nconst test = (name, body) => test_(name, body)\n",
      ),
    },
    cells: { ESM: 'node --test app.test.mjs' },
  },
  {
    name: 'mocha 12.0.3',
    packages: { mocha: '12.0.3' },
    files: {
      'app.test.mjs': esmTest('const test = (name, body) => it(name, body).timeout(60000)\n'),
    },
    cells: { ESM: '{bin}/mocha app.test.mjs' },
  },
  {
    name: 'Bun 1.4.5',
    packages: { bun: '1.4.5' },
    files: both,
    cells: { ESM: '{bin}/bun app.mjs' },
  },
  {
    name: 'Deno 2.9.6',
    packages: { deno: '2.9.6' },
    files: both,
    cells: { ESM: '{bin}/deno run -A app.mjs' },
  },
]
