# Sourced. Which libtorch is built against: that of the variable LIBTORCH; where it is unset, that of the last build, so that the variable is
# needed once. Set to nothing (LIBTORCH= scripts/build.sh), it means the distribution's again.
if [ -z "${LIBTORCH+set}" ] && [ -f "$root/.build/libtorch" ]; then
    LIBTORCH=$(<"$root/.build/libtorch")
fi
