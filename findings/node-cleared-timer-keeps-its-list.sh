#!/usr/bin/env bash
# Node 24.11.0: clearing an unref'd timer leaves Node's list for its length in place until that time has
# passed. Clearing a timer after ref() does not.
# Guess: clearTimeout releases everything that setTimeout allocated.
# Seen: 1,000 timers of 1,000 lengths are set, unref'd and cleared: about 1,000 TimersList objects stay.
#       With ref() before clearTimeout: hardly any.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0
cat > run.mjs <<'JS'
import v8 from 'node:v8'
const [probe] = [setTimeout(() => {}, 77_777)]
const TimersList = probe._idlePrev.constructor // the list's head is the timer's neighbour
const lists = () => v8.queryObjects(TimersList, { format: 'count' })
const grown = (clear) => {
  const before = lists()
  for (let index = 0; index < 1000; index += 1) clear(setTimeout(() => {}, 100_000 + index).unref())
  return lists() - before
}
const cleared = grown((timer) => clearTimeout(timer))
const refFirst = grown((timer) => clearTimeout(timer.ref()))
clearTimeout(probe)
console.log(JSON.stringify({ cleared: cleared > 900, refFirst: refFirst > 100 }))
JS
seen=$(./node_modules/.bin/node run.mjs)
echo "$seen"
[ "$seen" = '{"cleared":true,"refFirst":false}' ]
