#!/usr/bin/env bash
# Node 24.11.0 (and 20.20.2): a TLS server that requires client certificates sends an alert to a client without a
# certificate, but closes the connection without an alert if it does not trust the certificate.
# Guess: both clients get an alert (certificate_required, unknown_ca), as servers of Java and OpenSSL send them.
# Seen, TLS 1.3: without a certificate: 'secureConnect', then ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED; untrusted:
#       'secureConnect', then 'close' without any error. TLS 1.2: an alert, and ECONNRESET.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0
for name in server client; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$name" \
    -addext 'subjectAltName=DNS:localhost' -keyout "$name.key" -out "$name.pem" 2>/dev/null
done
cat > run.mjs <<'JS'
import { readFileSync as read } from 'node:fs'
import tls from 'node:tls'
const own = { key: read('server.key'), cert: read('server.pem'), ca: read('server.pem') }
async function outcome(version, identity) {
  const rules = { requestCert: true, rejectUnauthorized: true, minVersion: version, maxVersion: version }
  const server = tls.createServer({ ...own, ...rules }).on('tlsClientError', () => {})
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  const to = { port, host: '127.0.0.1', servername: 'localhost', ca: own.ca, ...identity }
  const seen = await new Promise((resolve) => {
    let steps = ''
    const socket = tls.connect(to, () => {
      steps += 'secure '
      socket.resume()
    })
    socket.on('error', ({ code }) => {
      steps += /ALERT/.test(code) ? 'alert' : code
    })
    socket.on('close', () => resolve(steps.trim()))
  })
  server.close()
  return seen
}
const untrusted = { key: read('client.key'), cert: read('client.pem') }
for (const version of ['TLSv1.3', 'TLSv1.2']) {
  console.log(`${version} missing: ${await outcome(version, {})}`)
  console.log(`${version} untrusted: ${await outcome(version, untrusted)}`)
}
JS
seen=$(./node_modules/.bin/node run.mjs)
echo "$seen"
[ "$seen" = 'TLSv1.3 missing: secure alert
TLSv1.3 untrusted: secure
TLSv1.2 missing: alert
TLSv1.2 untrusted: ECONNRESET' ]
