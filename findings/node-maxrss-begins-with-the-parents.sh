#!/usr/bin/env bash
# Node 24.11.0 on Linux: process.resourceUsage().maxRSS of a child process begins with the memory of its parent
# at the time of the fork, because the kernel keeps that peak over exec. With a shell between the two it does not.
# Guess: the peak of a fresh Node process is about 40 MiB, whatever started it.
# Seen: more than 600 MiB if the parent held 600 MiB; less than 100 MiB through `sh -c`.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.11.0
cat > run.mjs <<'JS'
import { spawnSync } from 'node:child_process'
const ask = ['-p', 'Math.round(process.resourceUsage().maxRSS / 1024)']
const peak = (command, args) => Number(spawnSync(command, args).stdout.toString())
const held = Buffer.alloc(600 * 1024 * 1024, 1)
const direct = peak(process.execPath, ask)
const throughShell = peak('sh', ['-c', '"$0" "$@"; exit $?', process.execPath, ...ask])
console.log(JSON.stringify({ held: held.length > 0, direct: direct > 550, throughShell: throughShell > 100 }))
JS
seen=$(./node_modules/.bin/node run.mjs)
echo "$seen"
[ "$seen" = '{"held":true,"direct":true,"throughShell":false}' ]
