#!/usr/bin/env bash
# A cluster of real processes on a real PostgreSQL, with everything going wrong. The reference is one process on SQLite (run). Then, RUNS
# times, an experiment is submitted and three nodes with one evaluator each work on it while, at random moments, a node is killed (kill -9)
# and started again, a node is stopped (SIGSTOP) for longer than its lease of 3 s, PostgreSQL's first process is killed and the server
# started again, and all its connections are cut. Each run must end with the reference's digest, the same front.json byte for byte, and as
# many computed evaluations. Triggers, made for this, write down every outcome of a job and the fencing token of every event: each job must
# have one outcome, and the tokens of an actor's events must grow, so that no two owners committed in turn. Nodes must leave with exit code 0.
# With --synthetic the candidates' fitness is a formula that takes a moment, and each node has two evaluators: many more jobs, turns and
# messages in the same time. Node, store, leases and processes are the same (tests/ActorPrune.Actors.TestNode).
# usage: tests/cluster.sh [--synthetic] [RUNS [SEED]]      default: 20 1
# Needs PostgreSQL 13 or later (package 'postgresql'); as root its server runs as the account postgres. It listens on loopback alone.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
conf=$root/tests/cluster.conf
program=("$root/actorprune") evaluators=1
if [ "${1:-}" = --synthetic ]; then
    shift
    source "$root/scripts/dotnet.sh"
    dotnet build -c Release --nologo -v quiet "$root/tests/ActorPrune.Actors.TestNode" >&2
    program=(dotnet "$root/tests/ActorPrune.Actors.TestNode/bin/Release/net10.0/testnode.dll") evaluators=2
fi
runs=${1:-20}
seed=${2:-1}
RANDOM=$seed
work=$(mktemp -d)
binaries=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$binaries" ] || binaries=$(dirname "$(command -v initdb)")
export PGPASSWORD="secret-$RANDOM$RANDOM" ACTORPRUNE_HOME=$work/home
declare -A nodes=() joined=()

as_server() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }
start_server() {
    # Right after a kill the dead server's sessions may still hold its memory: then it is tried again.
    for _ in $(seq 60); do
        (cd "$work/pg" && as_server "$binaries/pg_ctl" start -w -D "$work/pg/data" -l "$work/pg/log" -o "-p $port -k $work/pg \
            -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c shared_buffers=32MB" \
            >"$work/start" 2>&1 </dev/null) && return
        sleep 0.5
    done
    cat "$work/start" "$work/pg/log"
    return 1
}
finish() {
    for name in "${!nodes[@]}"; do kill -KILL "${nodes[$name]}" 2>/dev/null || true; done
    [ ! -f "$work/pg/data/postmaster.pid" ] \
        || (cd / && as_server "$binaries/pg_ctl" stop -m immediate -D "$work/pg/data" >/dev/null 2>&1) || true
    rm -rf "$work"
}
trap finish EXIT

actorprune() { "${program[@]}" "$@"; }
sql() {
    psql -X -q -t -A -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U "${user:-tester}" -d experiments -c "SET search_path = $schema" -c "$1"
}
field() { sed -nE "s/.*\"$1\": \"?([^\",]*)\"?,?/\1/p" | head -n 1; }
count_joined() { cat "$work/$1.log" 2>/dev/null | grep -c " joined " || true; }
start_node() {
    # One that was killed early may never have said that it joined.
    joined[$1]=$(count_joined "$1")
    setsid "${program[@]}" node --db "$url" --name "$1" --evaluators "$evaluators" --lease 3s --home "$work/home-$1" >>"$work/$1.log" 2>&1 &
    nodes[$1]=$!
}
has_joined() { [ "$(count_joined "$1")" -gt "${joined[$1]}" ]; }
fail() {
    echo "run $run (seed $seed): $1"
    tail -n 20 "$work"/node-*.log "$work/pg/log"
    exit 1
}
is_finished() { [ "$(sql "SELECT status FROM experiment" 2>/dev/null)" = finished ]; }

mkdir -p "$work/pg" && chmod 711 "$work"
echo "$PGPASSWORD" >"$work/pg/password"
[ "$(id -u)" != 0 ] || chown -R postgres "$work/pg"
(cd "$work/pg" && as_server "$binaries/initdb" -D "$work/pg/data" -U postgres -A scram-sha-256 \
    --pwfile "$work/pg/password" -E UTF8 --locale=C --no-sync >/dev/null)
port=$((20000 + RANDOM % 20000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
start_server
psql -X -q -h 127.0.0.1 -p "$port" -U postgres -c "CREATE ROLE tester LOGIN PASSWORD '$PGPASSWORD'" \
    -c "CREATE DATABASE experiments OWNER tester"

begin=$SECONDS
actorprune run "$conf" --home "$work/reference" >"$work/reference.log" 2>&1 || { cat "$work/reference.log"; exit 1; }
shown=$(actorprune show cluster --home "$work/reference" --json)
digest=$(field digest <<<"$shown")
computed=$(field computed <<<"$shown")
seconds=$((SECONDS - begin))
echo "reference: $seconds s, $computed evaluations, digest ${digest:0:12}"

audit="
CREATE TABLE audit_outcome (job bigint, status text);
CREATE TABLE audit_event (actor bigint, sequence bigint, token bigint, owner text);
CREATE TABLE audit_claim (node text, at timestamptz);
CREATE TABLE audit_join (node text, at timestamptz);
CREATE FUNCTION audit_job() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
    IF NEW.status = 'leased' THEN INSERT INTO audit_claim VALUES (NEW.node, clock_timestamp());
    ELSIF NEW.status IN ('done', 'failed') THEN INSERT INTO audit_outcome VALUES (NEW.id, NEW.status); END IF;
    RETURN NULL; END \$\$;
CREATE FUNCTION audit_event() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
    INSERT INTO audit_event SELECT NEW.actor_id, NEW.sequence, a.token, a.owner FROM actor a WHERE a.id = NEW.actor_id;
    RETURN NULL; END \$\$;
CREATE FUNCTION audit_node() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
    INSERT INTO audit_join VALUES (NEW.id, clock_timestamp()); RETURN NULL; END \$\$;
CREATE TRIGGER audit AFTER UPDATE OF status ON job FOR EACH ROW EXECUTE FUNCTION audit_job();
CREATE TRIGGER audit AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION audit_event();
CREATE TRIGGER audit AFTER INSERT ON node FOR EACH ROW EXECUTE FUNCTION audit_node();"

for run in $(seq "$runs"); do
    schema=run_$run
    url="postgresql://tester@127.0.0.1:$port/experiments?schema=$schema&connect_timeout=60"
    begin=$SECONDS
    rm -f "$work"/node-*.log
    actorprune submit "$conf" --db "$url" >"$work/submit.log" 2>&1 || fail "submit: $(cat "$work/submit.log")"
    sql "$audit"
    nodes=() joined=()
    for name in node-a node-b node-c; do start_node $name; done
    kills=0 stops=0 restarts=0 cuts=0
    until is_finished; do
        [ $((SECONDS - begin)) -lt 1800 ] || fail "is not finished after half an hour"
        # A tenth of the reference's time on average, so that the moments spread over the whole of the run, on a busy machine too.
        sleep "$(awk -v most=$((seconds / 5 + 1)) -v draw=$RANDOM 'BEGIN { printf "%.2f", 0.3 + most * draw / 32768 }')"
        [ "$(sql "SELECT count(*) FROM audit_outcome" 2>/dev/null)" != 0 ] || continue
        [ $((kills + stops + restarts + cuts)) -lt 12 ] || continue
        names=(node-a node-b node-c)
        victim=${names[RANDOM % 3]}
        case $((RANDOM % 4)) in
            0)
                kill -KILL "${nodes[$victim]}"
                wait "${nodes[$victim]}" 2>/dev/null || true
                start_node "$victim"
                kills=$((kills + 1))
                ;;
            1)
                # Two seconds beyond its lease; whoever looks meanwhile finds it silent.
                kill -STOP "${nodes[$victim]}"
                sleep 5
                kill -CONT "${nodes[$victim]}"
                stops=$((stops + 1))
                ;;
            2)
                kill -KILL "$(head -n 1 "$work/pg/data/postmaster.pid")"
                start_server
                restarts=$((restarts + 1))
                ;;
            3)
                user=postgres sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tester'" >/dev/null 2>&1 || true
                cuts=$((cuts + 1))
                ;;
        esac
    done
    # One that was started again at the very end may not listen to signals yet.
    for name in "${!nodes[@]}"; do
        until has_joined "$name"; do
            kill -0 "${nodes[$name]}" 2>/dev/null || fail "$name ended before it joined"
            [ $((SECONDS - begin)) -lt 1800 ] || fail "$name does not join"
            sleep 0.2
        done
    done
    for name in "${!nodes[@]}"; do kill -TERM "${nodes[$name]}" || fail "$name was not there any more"; done
    for name in "${!nodes[@]}"; do wait "${nodes[$name]}" || fail "$name left with exit code $?"; done
    nodes=()

    shown=$(actorprune show cluster --db "$url" --json)
    [ "$(field digest <<<"$shown")" = "$digest" ] || fail "digest $(field digest <<<"$shown"), not $digest"
    [ "$(field computed <<<"$shown")" = "$computed" ] || fail "$(field computed <<<"$shown") evaluations computed, not $computed"
    rm -rf "$work/home/runs"
    actorprune report cluster --db "$url" >/dev/null
    cmp "$work/reference/runs/cluster/front.json" "$work/home/runs/cluster/front.json" || fail "another front.json"
    [ "$(sql "SELECT count(*) FROM job WHERE status <> 'done'")" = 0 ] || fail "a job without a result"
    [ "$(sql "SELECT count(*) FROM job j WHERE (SELECT count(*) FROM audit_outcome o WHERE o.job = j.id) <> 1")" = 0 ] \
        || fail "a job with two outcomes, or none"
    [ "$(sql "SELECT count(*) FROM node")" = 0 ] || fail "a node's row stayed"
    [ "$(sql "SELECT count(*) FROM (SELECT token < lag(token) OVER (PARTITION BY actor ORDER BY sequence) AS back,
        sequence <> row_number() OVER (PARTITION BY actor ORDER BY sequence) AS gap FROM audit_event) e WHERE back OR gap")" = 0 ] \
        || fail "an actor's events have two owners' tokens in turn, or a gap"
    [ "$(sql "SELECT count(*) FROM (SELECT 1 FROM audit_event GROUP BY actor, token HAVING count(DISTINCT owner) > 1) e")" = 0 ] \
        || fail "one token, two owners"
    owners=$(sql "SELECT count(DISTINCT owner) FROM audit_event")
    again=$(sql "SELECT sum(attempts) - count(*) FROM job")
    first=$(sql "SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.at - j.at))::numeric, 2)
        FROM audit_join j JOIN LATERAL (SELECT min(at) AS at FROM audit_claim WHERE node = j.node) c ON c.at IS NOT NULL")
    echo "run $run: $((SECONDS - begin)) s; killed $kills, stopped $stops, database killed $restarts, connections cut $cuts times;" \
        "$owners owners, $again attempts again, first job ${first} s after joining (median); equal"
done
echo "$runs runs: digest and front.json equal to run's, every job one outcome, no actor with two owners in turn"
