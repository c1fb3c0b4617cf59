-- experiment: a node that serves one experiment alone names it; NULL serves all. seen_at: its last heartbeat.
ALTER TABLE node ADD COLUMN experiment TEXT;
ALTER TABLE node ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;

-- When the outcome was written; NULL for outcomes of an earlier schema. For the rates of nodes.
ALTER TABLE job ADD COLUMN completed_at INTEGER;
CREATE INDEX job_completed ON job (node, completed_at) WHERE status = 'done';
