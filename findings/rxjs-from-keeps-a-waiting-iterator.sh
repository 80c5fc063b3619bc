#!/usr/bin/env bash
# rxjs 7.8.2 (Node 20): from(asyncIterable) does not call return() when it is unsubscribed while it waits for the next
# value, only when one more value comes. So a Readable of Node, a socket for example, stays open.
# Guess: unsubscribing releases the iterator, as it does for from(iterable), and as leaving a `for await` does.
# Seen: unsubscribed while the stream is silent: not destroyed. By take(1), which unsubscribes inside a value, and
#       unsubscribed with another value after it: destroyed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rxjs@7.8.2
cat > run.mjs <<'JS'
import { PassThrough } from 'node:stream'
import { from, take } from 'rxjs'

const turns = () => new Promise((resolve) => setTimeout(resolve, 50))

async function afterwards(subscribe) {
  const stream = new PassThrough({ objectMode: true })
  stream.write(1)
  const subscription = subscribe(stream)
  await turns()
  subscription.unsubscribe()
  await turns()
  return stream
}

const silent = await afterwards((stream) => from(stream).subscribe())
const taken = await afterwards((stream) => from(stream).pipe(take(1)).subscribe())
console.log(`silent: ${silent.destroyed}; take: ${taken.destroyed}`)
silent.write(2)
await turns()
console.log(`one more value: ${silent.destroyed}`)
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = 'silent: false; take: true
one more value: true' ]
