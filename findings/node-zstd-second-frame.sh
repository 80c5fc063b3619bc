#!/usr/bin/env bash
# Node 22.18.0 and 24.11.0: zstdDecompressSync returns only the first of two zstd frames, without an error.
# gunzipSync returns both of two gzip members.
# Guess: both functions return both parts, as `zstd -d` and `gzip -d` do.
# Seen: {"zstd":"one","gzip":"onetwo"}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > run.mjs <<'JS'
import zlib from 'node:zlib'
const both = (compress) => Buffer.concat(['one', 'two'].map((text) => compress(Buffer.from(text))))
const zstd = zlib.zstdDecompressSync(both(zlib.zstdCompressSync)).toString()
const gzip = zlib.gunzipSync(both(zlib.gzipSync)).toString()
console.log(JSON.stringify({ zstd, gzip }))
JS
for version in 22.18.0 24.11.0; do
  mkdir "$version"
  (cd "$version" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund "node@$version")
  seen=$("$version/node_modules/.bin/node" run.mjs)
  echo "node $version: $seen"
  [ "$seen" = '{"zstd":"one","gzip":"onetwo"}' ]
done
