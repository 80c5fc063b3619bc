// Checks the docs site in a real browser, on a screen as wide as a phone's: every page loads
// without a script error, every picture exists, every link of the site leads to a page, and nothing
// is wider than the screen. `npm run docs:check`, after `npm run docs`; the browser is Chromium, at
// $CHROMIUM or in the path.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const site = fileURLToPath(new URL('../../docs/', import.meta.url))
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const harness = '/harness-of-browser.html'

if (isMainThread) await main()
else serve()

async function main() {
  if (!existsSync(join(site, 'index.html'))) fail('there is no site: run `npm run docs` first')
  const server = new Worker(fileURLToPath(import.meta.url)) // because spawnSync blocks this thread
  const port = await new Promise((resolve) => server.once('message', resolve))
  const profile = mkdtempSync(join(tmpdir(), 'to-kafka-docs-'))
  const { error, stdout, stderr } = spawnSync(
    process.env['CHROMIUM'] ?? 'chromium',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...[`--user-data-dir=${profile}`, '--virtual-time-budget=600000', '--dump-dom'],
      `http://127.0.0.1:${port}${harness}`,
    ],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  await server.terminate()
  rmSync(profile, { recursive: true, force: true })
  if (error) fail(`the browser did not start: ${error.message}`)
  const found = /<pre id="found">([\s\S]*?)<\/pre>/.exec(stdout)?.[1]
  if (found === undefined || found === '') fail(`the browser told nothing: ${stderr.slice(-2000)}`)
  const { pages, pictures, links, wrong } = JSON.parse(found.replaceAll('&amp;', '&'))
  console.log(`${pages} pages, ${pictures} pictures, ${links} links looked at`)
  for (const line of wrong) console.log(`  ${line}`)
  if (wrong.length > 0 || pages === 0 || pictures === 0) process.exitCode = 1
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

function serve() {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://site').pathname))
    const file = join(site, path)
    const body = path === harness ? pageOf(inspect) : existsSync(file) ? readFileSync(file) : null
    response.writeHead(body === null ? 404 : 200, {
      'content-type': types[extname(path)] ?? 'text/plain',
    })
    response.end(body)
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
}

/** The page that checks the others, each in a frame; its only script is `look`. */
function pageOf(look) {
  const pages = ['documents', 'functions', 'modules'].flatMap((folder) =>
    readdirSync(join(site, folder)).map((name) => `/${folder}/${name}`),
  )
  const of = JSON.stringify(['/index.html', ...pages])
  return `<!doctype html><pre id="found"></pre><iframe width="390" height="844"></iframe>
<script>(${look})(${of})</script>`
}

/** Runs in the browser. */
async function inspect(pages) {
  const frame = document.querySelector('iframe')
  const wrong = []
  const targets = new Map()
  let pictures = 0
  for (const page of pages) {
    frame.src = page
    // The frame's own empty page may be loaded only now.
    do {
      await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    } while (frame.contentWindow.location.pathname !== page)
    const shown = frame.contentDocument
    // The page hides itself until its script has run; hidden, nothing is wide.
    while (getComputedStyle(shown.body).display === 'none') {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const width = shown.documentElement.scrollWidth
    if (width > 390) wrong.push(`${page} is ${width} pixels wide`)
    for (const image of shown.images) {
      pictures += 1
      if (image.naturalWidth === 0)
        wrong.push(`${page} has no picture ${image.getAttribute('src')}`)
    }
    for (const { href } of shown.links) {
      const url = new URL(href)
      if (url.origin === location.origin) targets.set(url.pathname, page)
    }
  }
  for (const [target, page] of targets) {
    if (!(await fetch(target)).ok) wrong.push(`${page} links to ${target}, which is not there`)
  }
  const found = { pages: pages.length, pictures, links: targets.size, wrong }
  document.getElementById('found').textContent = JSON.stringify(found)
}
