#!/usr/bin/env bash
# Node 24.11.0 (and 20.20.2): tls.getCiphers() leaves out suites that Node accepts.
# Guess: it lists "the supported TLS ciphers", so a name that is not in it cannot be used, and the list can
#        be used to check a user's setting.
# Seen: suites with CCM, ARIA and CAMELLIA are not listed, and createSecureContext accepts each of them. A name
#       that OpenSSL does not know is refused.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0
cat > run.mjs <<'JS'
import tls from 'node:tls'
const listed = new Set(tls.getCiphers().map((name) => name.toUpperCase()))
const names = [
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-CCM8',
  'ECDHE-ECDSA-ARIA256-GCM-SHA384',
  'ECDHE-RSA-CAMELLIA256-SHA384',
  'NO-SUCH-SUITE',
]
for (const name of names) {
  let taken = true
  try {
    tls.createSecureContext({ ciphers: name })
  } catch {
    taken = false
  }
  console.log(`${name} listed ${listed.has(name)} taken ${taken}`)
}
JS
seen=$(./node_modules/.bin/node run.mjs)
echo "$seen"
[ "$seen" = 'ECDHE-RSA-AES128-GCM-SHA256 listed true taken true
ECDHE-ECDSA-AES256-CCM8 listed false taken true
ECDHE-ECDSA-ARIA256-GCM-SHA384 listed false taken true
ECDHE-RSA-CAMELLIA256-SHA384 listed false taken true
NO-SUCH-SUITE listed false taken false' ]
