#!/usr/bin/env bash
# Node 22.23.3, 24.21.0 and 26.10.0: `import http from 'node:http'` loads some three times as many of Node's own modules
# as process.getBuiltinModule('node:http') does, among them its fetch client (undici), which nothing uses.
# Guess: the default import of one of Node's modules is what require() returns, at the same price.
# Seen: to import a built-in module reads all of its properties, for its named exports, and some are getters that load
#       more (http.WebSocket, fs.promises, util's). Modules loaded by import and without it, on Node 24.21.0: http 113
#       and 38, fs 34 and 0, util 34 and 0. Node 20.20.2 has no such getter in http: 36 and 36.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > run.mjs <<'JS'
const [how, name] = process.argv.slice(2)
const before = new Set(process.moduleLoadList)
if (how === 'import') await import(name)
else process.getBuiltinModule(name)
const loaded = process.moduleLoadList.filter((each) => !before.has(each))
console.log(loaded.length, loaded.some((each) => each.includes('undici')))
JS
npm init -y >/dev/null
npm install --silent --no-audit --no-fund n20@npm:node@20.20.2 n22@npm:node@22.23.3 n24@npm:node@24.21.0 n26@npm:node@26.10.0
for node in n20 n22 n24 n26; do
  run() { "./node_modules/$node/bin/node" run.mjs "$@"; }
  read -r imported with_fetch <<<"$(run import node:http)"
  read -r got without_fetch <<<"$(run get node:http)"
  read -r util _ <<<"$(run import node:util)"
  read -r util_got _ <<<"$(run get node:util)"
  echo "$("./node_modules/$node/bin/node" --version) http $imported $with_fetch, without import $got $without_fetch; util $util, $util_got"
  [ "$without_fetch" = false ] && [ "$util_got" = 0 ] && [ "$util" -gt 0 ]
  if [ "$node" = n20 ]; then
    [ "$imported" = "$got" ]
  else
    [ "$with_fetch" = true ] && [ "$imported" -gt $((2 * got)) ] && [ "$util" -gt 20 ]
  fi
done
