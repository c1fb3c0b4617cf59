-- A second lease on a job that its holder takes unusually long for. Invariants:
--   it exists only while the job is leased, and by another node;
--   whichever of the two holders completes first writes the result, and both leases end with it;
--   when the lease in the job's own row ends otherwise (its node leaves or dies, the job is released or failed) this one takes its place.
CREATE TABLE straggler (
    job_id      INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    node        TEXT NOT NULL,
    token       INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    started_at  INTEGER NOT NULL
);
CREATE INDEX straggler_node ON straggler (node);

-- How long jobs of a kind usually take: the middle of this index.
CREATE INDEX job_seconds ON job (experiment, kind, seconds) WHERE status = 'done';
