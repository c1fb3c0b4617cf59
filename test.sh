#!/usr/bin/env bash
# Builds everything and runs all tests; ends with the line "N passed, N failed".
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root"
scripts/dependencies.sh || exit 1

echo "Building …"
if ! dotnet build ActorPrune.sln -c Release --nologo -v quiet; then
    echo "The build failed."
    exit 1
fi

passed=0
failed=0
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for project in tests/*.Tests/*.csproj; do
    name=$(basename "$project" .csproj)
    echo "== $name"
    dotnet test "$project" -c Release --no-build --nologo -v quiet --logger "trx;LogFileName=$results/$name.trx" || true
    # Counted from the result file: a test host that dies leaves none, and that is a failure.
    counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" 2>/dev/null) || { echo "$name gave no results"; failed=$((failed + 1)); continue; }
    count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$counters"; }
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count total) - $(count passed)))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
