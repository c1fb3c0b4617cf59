-- A second lease on a job that its holder takes unusually long for. Rows change under the lock of their job. Invariants:
--   it exists only while the job is leased, and by another node;
--   whichever of the two holders completes first writes the result, and both leases end with it;
--   when the lease in the job's own row ends otherwise (its node leaves or dies, the job is released or failed) this one takes its place.
CREATE TABLE straggler (
    job_id      bigint PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    node        text COLLATE "C" NOT NULL,
    token       bigint NOT NULL,
    lease_until timestamptz NOT NULL,
    started_at  timestamptz NOT NULL
);
CREATE INDEX straggler_node ON straggler (node);

-- How long jobs of a kind usually take: the middle of this index.
CREATE INDEX job_seconds ON job (experiment, kind, seconds) WHERE status = 'done';
