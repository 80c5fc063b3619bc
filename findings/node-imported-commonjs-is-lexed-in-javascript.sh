#!/usr/bin/env bash
# Node 20.20.2 and 22.23.3: the first CommonJS file that an ES module imports makes Node load a lexer written in
# JavaScript, which reads that file, and the files that it re-exports, for the names of their exports. The same file by
# createRequire(import.meta.url) does not. Node 24.21.0 and 26.10.0 load no such module.
# Guess: importing a CommonJS package costs what requiring it costs.
# Seen: the module `internal/deps/cjs-module-lexer/lexer` in process.moduleLoadList after the import. A short program
#       that imports four small files of rxjs 7.8.2, crc-32 and snappyjs took 134 ms of processor time when they were
#       required instead, and 167 before (medians of 25 processes, Node 20.20.2; 91 and 128 on 22.23.3; on 24.21.0 89
#       and 91). This script checks the loaded module, not the times.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > run.mjs <<'JS'
import { createRequire } from 'node:module'
const file = 'rxjs/internal/Observable'
const hasLexer = () => process.moduleLoadList.some((each) => each.includes('cjs-module-lexer/lexer'))
if (process.argv[2] === 'import') await import(file)
else createRequire(import.meta.url)(file)
console.log(hasLexer() ? 'lexer' : 'none')
JS
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rxjs@7.8.2 n20@npm:node@20.20.2 n22@npm:node@22.23.3 n24@npm:node@24.21.0 n26@npm:node@26.10.0
for node in n20 n22 n24 n26; do
  run() { "./node_modules/$node/bin/node" run.mjs "$1"; }
  seen="$(run require) $(run import)"
  echo "$("./node_modules/$node/bin/node" --version) required, imported: $seen"
  case $node in
    n20 | n22) [ "$seen" = 'none lexer' ] ;;
    *) [ "$seen" = 'none none' ] ;;
  esac
done
