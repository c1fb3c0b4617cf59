-- Times are milliseconds since 1970-01-01 UTC by the store's clock. A lease holds while lease_until > now; 0 means that nobody holds it.
-- Every change runs in a BEGIN IMMEDIATE transaction, so that what a transaction has read still holds when it writes.

-- One row. Numbers are drawn inside write transactions: they grow in the order of commits and are never used twice, not even after an
-- experiment was deleted and its name taken again. Fencing tokens and places in the queue come from here.
CREATE TABLE counter (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    value INTEGER NOT NULL
);
INSERT INTO counter (id, value) VALUES (1, 0);

CREATE TABLE experiment (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL UNIQUE,
    status             TEXT NOT NULL CHECK (status IN ('running', 'finished', 'stopped', 'failed')),
    engine             TEXT NOT NULL,
    created_at         INTEGER NOT NULL,
    reason             TEXT,
    configuration_hash TEXT NOT NULL,
    configuration      TEXT NOT NULL
);
CREATE INDEX experiment_status ON experiment (status);

-- A persistent actor. Invariants:
--   sequence    = number of its last event (0 without events): a turn commits only on the sequence that it was decided on;
--   token       = that of the latest acquisition; owner and token together are the right to commit, whether or not the lease has lapsed:
--                 a lapsed lease that nobody has taken over is still good;
--   owner IS NULL exactly when lease_until = 0;
--   oldest_mail = smallest message id in its inbox, NULL when the inbox is empty.
CREATE TABLE actor (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    experiment_id INTEGER NOT NULL REFERENCES experiment (id) ON DELETE CASCADE,
    role          TEXT NOT NULL,
    sequence      INTEGER NOT NULL DEFAULT 0,
    owner         TEXT,
    token         INTEGER NOT NULL DEFAULT 0,
    lease_until   INTEGER NOT NULL DEFAULT 0,
    oldest_mail   INTEGER,
    UNIQUE (experiment_id, role),
    CHECK ((owner IS NULL) = (lease_until = 0))
);
CREATE INDEX actor_mail ON actor (experiment_id, lease_until) WHERE oldest_mail IS NOT NULL;
CREATE INDEX actor_owner ON actor (owner) WHERE owner IS NOT NULL;

-- Events are never changed. Per actor the numbers run 1, 2, 3… without gaps.
CREATE TABLE event (
    id       INTEGER PRIMARY KEY,
    actor_id INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    UNIQUE (actor_id, sequence)
);

-- The latest state only: sequence <= actor.sequence.
CREATE TABLE snapshot (
    actor_id INTEGER PRIMARY KEY REFERENCES actor (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    body     TEXT NOT NULL
);

-- The inboxes. A row exists from the commit that sent it until the commit of the turn that consumed it: effects happen exactly once.
-- Writers take turns, so ids grow in the order of commits. job_id marks the outcome of a job.
CREATE TABLE message (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    actor_id  INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    sender_id INTEGER,
    job_id    INTEGER,
    kind      TEXT NOT NULL,
    body      TEXT NOT NULL
);
CREATE INDEX message_inbox ON message (actor_id, id);
CREATE UNIQUE INDEX message_outcome ON message (actor_id, job_id) WHERE job_id IS NOT NULL;

-- Work, addressed by its content and never deleted. Invariants:
--   outcome is there exactly when status is done or failed, and only the holder of the current token, in status leased, writes it;
--   wanted = 1 exactly when an experiment that runs has an open subscription: only such jobs are handed out;
--   position orders equal priorities; a job that all askers have left and that is asked for again takes a new place.
--   attempts counts computations started, failed_attempts those that failed: an attempt that ended because its node died is not one.
CREATE TABLE job (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    key             TEXT NOT NULL UNIQUE,
    kind            TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('queued', 'leased', 'done', 'failed')),
    wanted          INTEGER NOT NULL CHECK (wanted IN (0, 1)),
    priority        INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    node            TEXT,
    token           INTEGER NOT NULL DEFAULT 0,
    lease_until     INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    failed_attempts INTEGER NOT NULL DEFAULT 0,
    started_at      INTEGER,
    seconds         REAL NOT NULL DEFAULT 0,
    checkpoint      TEXT,
    experiment      TEXT NOT NULL,
    outcome         TEXT,
    body            TEXT NOT NULL,
    CHECK ((outcome IS NOT NULL) = (status IN ('done', 'failed'))),
    CHECK (status <> 'leased' OR node IS NOT NULL)
);
CREATE INDEX job_queue ON job (priority DESC, position) WHERE status = 'queued' AND wanted = 1;
CREATE INDEX job_lease ON job (lease_until) WHERE status = 'leased';
CREATE INDEX job_node ON job (node) WHERE status = 'leased';

-- Each asking, equal ones too, for the counts and the order of the report. cached = 1: the job was there already.
CREATE TABLE request (
    id       INTEGER PRIMARY KEY,
    actor_id INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    job_id   INTEGER NOT NULL,
    cached   INTEGER NOT NULL CHECK (cached IN (0, 1))
);
CREATE INDEX request_actor ON request (actor_id, job_id, cached);

-- Who waits for a job that has no outcome yet. An actor that asked has either this row or the outcome in its inbox until it consumes the
-- outcome: never both, never neither.
CREATE TABLE subscription (
    job_id   INTEGER NOT NULL,
    actor_id INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    PRIMARY KEY (job_id, actor_id)
) WITHOUT ROWID;
CREATE INDEX subscription_actor ON subscription (actor_id, job_id);

-- A node's row is its life: when it is gone the node was declared dead, and all that it held is free.
CREATE TABLE node (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    host            TEXT NOT NULL,
    process         INTEGER NOT NULL,
    process_start   INTEGER NOT NULL,
    roles           TEXT NOT NULL,
    engine          TEXT NOT NULL,
    description     TEXT NOT NULL,
    joined_at       INTEGER NOT NULL,
    heartbeat_until INTEGER NOT NULL
) WITHOUT ROWID;
