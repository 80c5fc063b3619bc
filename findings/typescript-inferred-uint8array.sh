#!/usr/bin/env bash
# TypeScript 6.0.3: the declaration of an inferred type has `Uint8Array<ArrayBufferLike>`, although the source
# has a plain `Uint8Array`. TypeScript before 5.7 cannot compile that (TS2315).
# Guess: a declaration file repeats the type as it was written, as it does for an annotated one.
# Seen: annotated: `Uint8Array`; inferred through a generic: `Uint8Array<ArrayBufferLike>`; inferred through
#       an interface that extends Uint8Array: the name of the interface. TypeScript 5.4.5 refuses the second.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund new@npm:typescript@6.0.3 old@npm:typescript@5.4.5
cat > source.ts <<'TS'
const field = <T>(read: () => T) => ({ read })
export interface Bytes extends Uint8Array {}
export const annotated: { read: () => Uint8Array } = field((): Uint8Array => new Uint8Array(1))
export const inferred = field((): Uint8Array => new Uint8Array(1))
export const named = field((): Bytes => new Uint8Array(1))
TS
node node_modules/new/bin/tsc --declaration --emitDeclarationOnly --target es2022 source.ts
types=$(grep -o '=> [A-Za-z0-9<>]*' source.d.ts | paste -sd' ')
echo "$types"
refused=$(node node_modules/old/bin/tsc --noEmit --target es2022 source.d.ts | grep -c 'TS2315' || true)
echo "5.4.5 refuses: $refused"
[ "$types" = '=> Uint8Array => Uint8Array<ArrayBufferLike> => Bytes' ] && [ "$refused" = 1 ]
