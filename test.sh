#!/usr/bin/env bash
# Builds everything and runs all tests; ends with the line "N passed, N failed".
set -uo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cd "$root" || exit 1
source scripts/dotnet.sh

passed=0
failed=0
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

echo "Building …"
# The lock of scripts/build.sh, which writes the same files. Nothing that is started may keep it: dotnet leaves servers behind.
mkdir -p .build
exec 9>.build/lock
flock 9
source scripts/libtorch.sh
export LIBTORCH
if ! scripts/dependencies.sh tests 9>&- || ! dotnet build ActorPrune.sln -c Release --nologo -v quiet 9>&-; then
    echo "The build failed: no test was run."
    failed=1
    finish
fi
exec 9>&-

# Results must not depend on it: libtorch would take it for the number of threads within an operation.
export OMP_NUM_THREADS=3

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for project in tests/*.Tests/*.csproj; do
    name=$(basename "$project" .csproj)
    echo "== $name"
    dotnet test "$project" -c Release --no-build --nologo -v quiet --logger "console;verbosity=minimal" --logger "trx;LogFileName=$results/$name.trx"
    status=$?
    # Counted from the result file: a test host that dies leaves none, or one that lacks tests, and that is a failure.
    counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" 2>/dev/null)
    count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$counters"; }
    if [ -z "$counters" ]; then
        echo "$name gave no results."
        failed=$((failed + 1))
    else
        passed=$((passed + $(count passed)))
        failed=$((failed + $(count total) - $(count passed)))
        if [ "$status" -ne 0 ] && [ "$(count total)" -eq "$(count passed)" ]; then
            echo "$name ended with exit code $status although no test of it failed."
            failed=$((failed + 1))
        fi
    fi
done
finish
