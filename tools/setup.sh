#!/bin/sh
# Installs what is missing and nothing else, on a machine that has npm and any Node from 20 on.
# Speaks on stderr only; says nothing when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."
exec 1>&2

# The stamp is younger than every file that names a package, so nothing has changed since.
stamp=node_modules/.setup
if [ ! -e "$stamp" ] || [ -n "$(find package.json pnpm-lock.yaml pnpm-workspace.yaml packages apps patches \
  -path '*/node_modules' -prune -o -type f \( -name package.json -o -name 'pnpm-*.yaml' -o -name '*.patch' \) \
  -newer "$stamp" -print 2>/dev/null)" ]; then
  # Exact versions with checksums; among them, on Linux, Node 24 as node_modules/.bin/node.
  npx --yes pnpm@12.21.0 install --frozen-lockfile
  touch "$stamp"
fi

# From here on this repository's own Node, if it has one: `npm run` puts it first in PATH as well.
PATH="$PWD/node_modules/.bin:$PATH"
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 24 ]; then
  echo "setup: Node 24 or newer is needed, this is $(node --version)."
  echo 'setup: on Linux x64 and arm64 it is installed here; elsewhere install it yourself.'
  exit 1
fi

# The browser for the tests, unpacked and tried once.
[ -e node_modules/.cache/chromium.ready ] || node tools/chromium.ts
