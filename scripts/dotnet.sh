# Sourced. What dotnet is told wherever ActorPrune calls it: no greetings, nothing sent, and a place for its own files where the home has none.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
if [ ! -w "${HOME:-/nonexistent}" ]; then
    export DOTNET_CLI_HOME="$root/.build/home" NUGET_PACKAGES="${NUGET_PACKAGES:-$root/.build/home/packages}"
fi
