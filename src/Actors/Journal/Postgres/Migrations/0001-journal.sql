-- Times are timestamptz by the server's clock. A lease holds while lease_until, or its node's heartbeat_until, lies in the future.
--
-- Transactions run at READ COMMITTED and lock what they rely on, always in this order, so that none waits in a circle:
--   node < experiment (id) < job (key) < actor (id); rows that are inserted come before those of the same table that are locked.
-- A lock of an actor guards its row, its inbox and its events; a lock of a job guards its row and its subscriptions. Whoever subscribes
-- holds a shared lock of the experiment, whoever changes its status an exclusive one.
--
-- Bodies are UTF-8 in bytea: text has no place for the character NUL, which a message may hold. To read one: convert_from(body, 'UTF8').

-- Never used twice: fencing tokens and places in the queue. A token is drawn under the lock of what it fences, so they grow there.
CREATE SEQUENCE number AS bigint;

CREATE TABLE experiment (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name               text COLLATE "C" NOT NULL UNIQUE,
    status             text NOT NULL CHECK (status IN ('running', 'finished', 'stopped', 'failed')),
    engine             text NOT NULL,
    created_at         timestamptz NOT NULL,
    reason             bytea,
    configuration_hash text NOT NULL,
    configuration      bytea NOT NULL
);
CREATE INDEX experiment_status ON experiment (status);

-- A node's row is its life: when it is gone the node was declared dead, and all that it held is free. Its heartbeat stands for all leases
-- that it holds, so that a renewal is one small row that no turn ever locks.
CREATE TABLE node (
    id              text COLLATE "C" PRIMARY KEY,
    name            text COLLATE "C" NOT NULL UNIQUE,
    host            text NOT NULL,
    process         integer NOT NULL,
    process_start   bigint NOT NULL,
    roles           text[] NOT NULL,
    engine          text NOT NULL,
    description     text NOT NULL,
    joined_at       timestamptz NOT NULL,
    heartbeat_until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- A persistent actor. Invariants:
--   sequence = number of its last event (0 without events): a turn commits only on the sequence that it was decided on;
--   token    = that of the latest acquisition; owner and token together are the right to commit, whether or not the lease has lapsed:
--              a lapsed lease that nobody has taken over is still good.
CREATE TABLE actor (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment_id bigint NOT NULL REFERENCES experiment (id) ON DELETE CASCADE,
    role          text COLLATE "C" NOT NULL,
    sequence      bigint NOT NULL DEFAULT 0,
    owner         text COLLATE "C",
    token         bigint NOT NULL DEFAULT 0,
    lease_until   timestamptz,
    UNIQUE (experiment_id, role),
    CHECK ((owner IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX actor_owner ON actor (owner) WHERE owner IS NOT NULL;

-- Events are never changed. Per actor the numbers run 1, 2, 3… without gaps.
CREATE TABLE event (
    actor_id bigint NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    sequence bigint NOT NULL,
    at       timestamptz NOT NULL,
    kind     text NOT NULL,
    body     bytea NOT NULL,
    PRIMARY KEY (actor_id, sequence)
);

-- The latest state only: sequence <= actor.sequence.
CREATE TABLE snapshot (
    actor_id bigint PRIMARY KEY REFERENCES actor (id) ON DELETE CASCADE,
    sequence bigint NOT NULL,
    body     bytea NOT NULL
);

-- The inboxes. A row exists from the commit that sent it until the commit of the turn that consumed it: effects happen exactly once.
-- An id is drawn under the lock of the receiver, so in an inbox they grow in the order of commits. job_id marks the outcome of a job.
CREATE TABLE message (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_id  bigint NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    sender_id bigint,
    job_id    bigint,
    kind      text NOT NULL,
    body      bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX message_inbox ON message (actor_id, id);
CREATE UNIQUE INDEX message_outcome ON message (actor_id, job_id) WHERE job_id IS NOT NULL;

-- Work, addressed by its content and never deleted. Invariants:
--   outcome is there exactly when status is done or failed, and only the holder of the current token, in status leased, writes it;
--   wanted exactly when an experiment that runs has an open subscription: only such jobs are handed out;
--   position orders equal priorities; a job that all askers have left and that is asked for again takes a new place.
--   attempts counts computations started, failed_attempts those that failed: an attempt that ended because its node died is not one.
CREATE TABLE job (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key             text COLLATE "C" NOT NULL UNIQUE,
    kind            text NOT NULL,
    status          text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'leased', 'done', 'failed')),
    wanted          boolean NOT NULL DEFAULT false,
    priority        integer NOT NULL,
    position        bigint NOT NULL,
    node            text COLLATE "C",
    token           bigint NOT NULL DEFAULT 0,
    lease_until     timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    failed_attempts integer NOT NULL DEFAULT 0,
    started_at      timestamptz,
    seconds         double precision NOT NULL DEFAULT 0,
    checkpoint      text,
    experiment      text NOT NULL,
    outcome         bytea,
    body            bytea NOT NULL,
    CHECK ((outcome IS NOT NULL) = (status IN ('done', 'failed'))),
    CHECK (status <> 'leased' OR (node IS NOT NULL AND lease_until IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- The queue in the order in which it is handed out. The leased ones, few at any time, keep their places for the case that they lapse.
CREATE INDEX job_queue ON job (priority DESC, position) WHERE wanted AND status IN ('queued', 'leased');
CREATE INDEX job_node ON job (node) WHERE status = 'leased';

-- Each asking, equal ones too, for the counts and the order of the report. cached: the job was there already.
CREATE TABLE request (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_id bigint NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    job_id   bigint NOT NULL,
    cached   boolean NOT NULL
);
CREATE INDEX request_actor ON request (actor_id, job_id);

-- Who waits for a job that has no outcome yet. An actor that asked has either this row or the outcome in its inbox until it consumes the
-- outcome: never both, never neither.
CREATE TABLE subscription (
    job_id   bigint NOT NULL,
    actor_id bigint NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    PRIMARY KEY (job_id, actor_id)
);
CREATE INDEX subscription_actor ON subscription (actor_id, job_id);
