#!/usr/bin/env bash
# The standard candidate, ours beside plain PyTorch, in one run: three rounds in turn, so that a drift of the machine's speed hits both.
# usage: ACTORPRUNE_DATA=… bench/evaluate.sh [rounds]      needs python3 with torch and numpy (Debian: python3-torch), and real CIFAR-10
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${1:-3}
python=${PYTHON:-/usr/bin/python3}
: "${ACTORPRUNE_DATA:?name the folder that holds cifar-10-batches-bin}"

rate() { "$python" -c 'import json,sys; print(json.loads(sys.stdin.read().strip().splitlines()[-1])["candidatesPerHour"])'; }
ours=(); theirs=()
for round in $(seq "$rounds"); do
    ours+=("$("$root/actorprune" bench evaluate --evaluators 2 --candidates 16 --json | tee /dev/stderr | rate)")
    theirs+=("$("$python" "$root/bench/peers/standard_candidate.py" "$ACTORPRUNE_DATA" --candidates 4 | tee /dev/stderr | rate)")
done
"$python" - "${ours[*]}" "${theirs[*]}" <<'PY'
import statistics, sys
ours, theirs = ([float(x) for x in side.split()] for side in sys.argv[1:])
ratios = [a / b for a, b in zip(ours, theirs)]
print(f"candidates/hour: ActorPrune {statistics.median(ours):.0f}, PyTorch {statistics.median(theirs):.0f}; "
      f"ratio by round {', '.join(f'{r:.2f}' for r in ratios)}; median {statistics.median(ratios):.2f}")
PY
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: /machine: /' ; nproc | sed 's/$/ cores/'
