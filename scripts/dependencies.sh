#!/usr/bin/env bash
# Installs what ActorPrune needs beside the .NET SDK: a C++ compiler, CMake, libtorch, a fast BLAS, SQLite, decoders of JPEG and PNG; with the
# argument "tests" also PostgreSQL, of which the tests start a private server. On Debian or Ubuntu, as root or with sudo; elsewhere, or without
# the right to install, says in one line what is missing. With LIBTORCH set, that libtorch is used instead. Only image folders need the decoders:
# without them alone the build goes on.
set -euo pipefail

missing=()
command -v g++ >/dev/null || missing+=(g++)
command -v cmake >/dev/null || missing+=(cmake)
command -v make >/dev/null || missing+=(make)
if [ -z "${LIBTORCH:-}" ]; then
    [ -f /usr/include/torch/csrc/api/include/torch/torch.h ] || missing+=(libtorch-dev)
    # The reference BLAS that libtorch pulls in is several times slower.
    compgen -G '/usr/lib/*/openblas-pthread/libblas.so.3' >/dev/null || missing+=(libopenblas0-pthread)
fi
compgen -G '/usr/lib/*/libsqlite3.so.0' >/dev/null || compgen -G '/lib/*/libsqlite3.so.0' >/dev/null || missing+=(libsqlite3-0)
optional=()
[ -f /usr/include/jpeglib.h ] || optional+=(libjpeg-dev)
[ -f /usr/include/png.h ] || optional+=(libpng-dev)
if [ "${1:-}" = tests ]; then
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
fi

if ! command -v dotnet >/dev/null; then
    echo "ActorPrune needs the .NET SDK 10: install it (https://dotnet.microsoft.com/download) and try again." >&2
    exit 1
fi
wanted=("${missing[@]}" "${optional[@]}")
[ ${#wanted[@]} -gt 0 ] || exit 0

sudo=()
if [ "$(id -u)" != 0 ]; then
    sudo=(sudo)
fi
if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; }; then
    if [ ${#missing[@]} -gt 0 ]; then
        echo "ActorPrune needs these packages (Debian's names), please install them: ${missing[*]}" >&2
        exit 1
    fi
    echo "Image folders cannot be read without these packages (Debian's names): ${optional[*]}" >&2
    exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    echo "Installing $* …" >&2
    "${sudo[@]}" apt-get update -qq >"$log" 2>&1 \
        && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1
}
if [ ${#missing[@]} -gt 0 ] && ! install "${missing[@]}"; then
    tail -n 5 "$log" >&2
    echo "Installing failed; please install these packages by hand: ${missing[*]}" >&2
    exit 1
fi
if [ ${#optional[@]} -gt 0 ] && ! install "${optional[@]}"; then
    tail -n 5 "$log" >&2
    echo "Installing failed; image folders cannot be read without: ${optional[*]}" >&2
fi
