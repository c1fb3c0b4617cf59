# Sourced. stale ROOT: whether the program has to be built, because it is missing or because something that goes into it is newer than the
# beginning of its last build. Folders count too, since a file that was taken away makes its folder newer; and so does another libtorch.
stale() {
    local root=$1 stamp="$1/.build/stamp"
    [ -f "$root/.build/host/actorprune.dll" ] && [ -f "$stamp" ] || return 0
    [ "$(<"$stamp")" = "${LIBTORCH:-}" ] || return 0
    [ -n "$(find "$root/src" "$root/hocon" "$root"/Directory.*.props "$root/global.json" \
        \( -name bin -o -name obj \) -prune -o -newer "$stamp" -print -quit)" ]
}
