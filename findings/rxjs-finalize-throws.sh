#!/usr/bin/env bash
# rxjs 7.8.2: an exception of a `finalize` callback is reported or swallowed, depending on whether the source
# completed during its subscription.
# Guess: the error is reported in the same way in both cases.
# Seen: if the source completes later, complete() throws an UnsubscriptionError in its caller.
#       If the source completes synchronously, neither the caller nor onUnhandledError gets the error.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rxjs@7.8.2
cat > run.mjs <<'JS'
import { config, finalize, of, Subject } from 'rxjs'
const unhandled = []
config.onUnhandledError = (error) => unhandled.push(error.message)
const boom = () => { throw new Error('boom') }
const thrownBy = (work) => { try { work(); return 'nothing' } catch (error) { return error.name } }
const completed = []

const later = new Subject()
later.pipe(finalize(boom)).subscribe({ complete: () => completed.push('later') })
const outOfComplete = thrownBy(() => later.complete())
const outOfSubscribe = thrownBy(() => of(1).pipe(finalize(boom)).subscribe({ complete: () => completed.push('at once') }))
await new Promise((resolve) => setTimeout(resolve, 20))
console.log(JSON.stringify({ outOfComplete, outOfSubscribe, unhandled, completed }))
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = '{"outOfComplete":"UnsubscriptionError","outOfSubscribe":"nothing","unhandled":[],"completed":["later","at once"]}' ]
