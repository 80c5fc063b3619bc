#!/usr/bin/env bash
# rxjs 7.8.2: one observer whose teardown throws prevents all later observers from ever completing.
# Guess: Subject.complete() completes every observer, and throws or reports afterwards, as next() does.
# Seen: complete() throws at the first such observer. The next one never completes, because the subject counts
#       as complete and a second complete() does nothing.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rxjs@7.8.2
cat > run.mjs <<'JS'
import { finalize, Subject } from 'rxjs'
const subject = new Subject()
const completed = []
subject.pipe(finalize(() => { throw new Error('boom') })).subscribe({ complete: () => completed.push('first') })
subject.subscribe({ complete: () => completed.push('second') })
let thrown = 'nothing'
try { subject.complete() } catch (error) { thrown = error.name }
subject.complete()
await new Promise((resolve) => setTimeout(resolve, 20))
console.log(JSON.stringify({ thrown, completed, observed: subject.observed }))
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = '{"thrown":"UnsubscriptionError","completed":["first"],"observed":true}' ]
