#!/usr/bin/env bash
# Exactness with real processes: one undisturbed run, one with another number of evaluators, one killed (kill -9) at random moments and resumed
# each time. All three must end with the same digest and the same front.json, byte for byte.
# usage: tests/exactness.sh [CONF [KILLS [SEED [OPTION...]]]]      default: hocon/quickstart.conf 20 1
# Further options go to each run, for instance --set training.base.epochs=1.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
conf=$(readlink -f "${1:-$root/hocon/quickstart.conf}")
kills=${2:-20}
RANDOM=${3:-1}
options=("${@:4}")
name=$(basename "$conf" .conf)
homes=$(mktemp -d)
trap 'rm -rf "$homes"' EXIT

run() { "$root/actorprune" run "$conf" --home "$homes/$1" "${options[@]}" "${@:2}" >"$homes/$1.log" 2>&1; }
shown() { "$root/actorprune" show "$name" --home "$homes/$1" --json; }
field() { sed -nE "s/.*\"$1\": \"?([^\",]*)\"?,?/\1/p" | head -n 1; }

begin=$SECONDS
run plain
seconds=$((SECONDS - begin))
echo "undisturbed: ${seconds} s, digest $(shown plain | field digest)"
run single --evaluators 1
echo "one evaluator: digest $(shown single | field digest)"

killed=0
while [ "$killed" -lt "$kills" ]; do
    # In a process group of its own, so that the kill reaches the program itself and not only the launcher.
    setsid "$root/actorprune" run "$conf" --home "$homes/killed" "${options[@]}" >>"$homes/killed.log" 2>&1 &
    process=$!
    # A fifteenth of the undisturbed run on average: the moments spread over the whole of it, and it still gets on.
    pause=$(awk -v most="$((seconds * 2 / 15 + 2))" -v draw="$RANDOM" 'BEGIN { printf "%.2f", 0.3 + most * draw / 32768 }')
    if timeout "$pause" tail --pid="$process" -f /dev/null; then
        echo "finished after $killed kills, before the next was due"
        break
    fi
    kill -KILL -- "-$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
    killed=$((killed + 1))
done
run killed
echo "killed $killed times: digest $(shown killed | field digest)"
for run in plain single killed; do
    echo "$run: $(shown "$run" | tr -d '\n' | grep -oE '"evaluations": \{[^}]*\}' | tr -s ' ')"
done

for other in single killed; do
    cmp "$homes/plain/runs/$name/front.json" "$homes/$other/runs/$name/front.json"
    [ "$(shown plain | field digest)" = "$(shown "$other" | field digest)" ]
done
echo "equal: digest and front.json, byte for byte"
