#!/usr/bin/env bash
# Builds the host into .build/host. One build at a time: a second call waits for the first and then has nothing to do.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/stale.sh"
source "$root/scripts/dotnet.sh"
if ! mkdir -p "$root/.build" 2>/dev/null || [ ! -w "$root/.build" ]; then
    echo "ActorPrune has to be built, but $root/.build cannot be written: run it once as the owner of that folder." >&2
    exit 1
fi

exec 9>"$root/.build/lock"
if ! flock -n 9; then
    echo "Waiting for another build of ActorPrune …" >&2
    flock 9
fi
# Not before: the other build may have been told of another libtorch.
source "$root/scripts/libtorch.sh"
export LIBTORCH
stale "$root" || exit 0

# Nothing that is started below may keep the lock: dotnet leaves servers behind.
"$root/scripts/dependencies.sh" 9>&-
echo "Building ActorPrune (about a minute) …" >&2
stamp="$root/.build/stamp"
log="$root/.build/build.log"
ingredients "$root" >"$stamp.new"
if ! dotnet publish "$root/src/Host/ActorPrune.Host.csproj" -c Release -o "$root/.build/host" --nologo -v quiet >"$log" 2>&1 9>&-; then
    # MSBuild names the project behind each error; once is enough.
    grep -E 'error|apt-get' "$log" | sed -E 's/ \[[^]]*\]$//' | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
    echo "The build failed; the whole log is in $log" >&2
    exit 1
fi
printf '%s\n' "${LIBTORCH:-}" >"$root/.build/libtorch"
# As of its beginning: a file that was changed during the build is newer.
mv "$stamp.new" "$stamp"
