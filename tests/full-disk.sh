#!/usr/bin/env bash
# A disk that fills up during a search: the run ends with an error that says so, and once there is room again it goes on to the digest of an
# undisturbed run. The disk is a tmpfs of a few MiB, so this must run as root.
# usage: tests/full-disk.sh [MIB]      default: 3
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mib=${1:-3}
[ "$(id -u)" -eq 0 ] || { echo "tests/full-disk.sh mounts a file system: run it as root." >&2; exit 1; }
folder=$(mktemp -d)
mkdir "$folder/disk"
trap 'umount "$folder/disk" 2>/dev/null; rm -rf "$folder"' EXIT
mount -t tmpfs -o "size=${mib}m" tmpfs "$folder/disk"

small=(--name small --evaluators 2
    --set network.name=resnet8 --set data.shapes.train=300 --set data.shapes.test=100
    --set training.base.epochs=1 --set training.evaluation.steps=1 --set training.final.epochs=1
    --set cemba.upper-population=12 --set cemba.upper-generations=3)
run() { "$root/actorprune" run "$root/hocon/quickstart.conf" --home "$1" "${small[@]}" >"$folder/log" 2>&1; }
digest() { "$root/actorprune" show small --home "$1" --json | sed -nE 's/.*"digest": "([^"]*)".*/\1/p'; }

run "$folder/enough"
echo "undisturbed: digest $(digest "$folder/enough")"
if run "$folder/disk"; then
    echo "$mib MiB were enough: nothing is shown. Try fewer." >&2
    exit 1
fi
grep "is full" "$folder/log" | tail -n 1 || { echo "It failed for another reason:" >&2; tail -n 5 "$folder/log" >&2; exit 1; }
mount -o remount,size=500m "$folder/disk"
"$root/actorprune" resume small --home "$folder/disk" >"$folder/log" 2>&1
echo "resumed: digest $(digest "$folder/disk")"
[ "$(digest "$folder/enough")" = "$(digest "$folder/disk")" ]
echo "equal"
