#!/usr/bin/env bash
# Builds the host into .build/host. One build at a time: a second call waits for the first and then has nothing to do.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$root/.build"
exec 9>"$root/.build/lock"
flock 9

"$root/scripts/dependencies.sh"
echo "Building ActorPrune (about a minute, this once) …" >&2
log="$root/.build/build.log"
if ! dotnet publish "$root/src/Host/ActorPrune.Host.csproj" -c Release -o "$root/.build/host" --nologo -v quiet >"$log" 2>&1; then
    grep -E 'error|install' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
    echo "The build failed; the whole log is in $log" >&2
    exit 1
fi
# A file that was newer than the program but changed nothing in it must not cause a build at every start.
touch "$root/.build/host/actorprune.dll"
