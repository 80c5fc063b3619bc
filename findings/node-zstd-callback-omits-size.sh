#!/usr/bin/env bash
# Node 24.11.0: zstdCompressSync writes the content size into the frame header. zstdCompress with a callback
# omits it, for the same bytes and options.
# Guess: both return the same bytes.
# Seen: the content-size field of the frame header is present with Sync, and absent with the callback.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0
cat > run.mjs <<'JS'
import zlib from 'node:zlib'
const bytes = Buffer.alloc(1000, 'abc')
const hasSize = (frame) => (frame[4] >> 6) > 0 || (frame[4] & 0x20) > 0 // content-size flag, or single segment
const sync = hasSize(zlib.zstdCompressSync(bytes))
const callback = await new Promise((resolve, reject) =>
  zlib.zstdCompress(bytes, (error, frame) => (error ? reject(error) : resolve(hasSize(frame)))))
console.log(JSON.stringify({ sync, callback }))
JS
seen=$(./node_modules/.bin/node run.mjs)
echo "$seen"
[ "$seen" = '{"sync":true,"callback":false}' ]
