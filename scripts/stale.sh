# Sourced. The stamp says what the program was built from: its time is that of the build's beginning, its content names libtorch and the files.

# Files that go into the build, with further conditions of find. Of the configurations that is reference.conf: the program is told of all others
# by their names. Hidden files and those that end with a tilde are an editor's own.
inputs() {
    local root=$1
    shift
    find "$root/src" "$root/hocon/reference.conf" "$root"/Directory.*.props "$root/global.json" \
        \( -name bin -o -name obj -o -name '.?*' \) -prune -o -type f ! -name '*~' "$@"
}

# The content of the stamp: a file that came or went changes it even where it is older than the last build.
ingredients() {
    printf '%s\n' "${LIBTORCH:-}"
    inputs "$1" -print | sort | cksum
}

# stale ROOT: whether the program has to be built.
stale() {
    local stamp="$1/.build/stamp"
    [ -f "$1/.build/host/actorprune.dll" ] && [ -f "$stamp" ] || return 0
    [ "$(<"$stamp")" = "$(ingredients "$1")" ] || return 0
    [ -n "$(inputs "$1" -newer "$stamp" -print -quit)" ]
}
