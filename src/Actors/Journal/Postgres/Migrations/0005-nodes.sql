-- experiment: a node that serves one experiment alone names it; null serves all. seen_at: its last heartbeat.
ALTER TABLE node ADD COLUMN experiment text COLLATE "C";
ALTER TABLE node ADD COLUMN seen_at timestamptz NOT NULL DEFAULT clock_timestamp();

-- When the outcome was written; null for outcomes of an earlier schema. For the rates of nodes.
ALTER TABLE job ADD COLUMN completed_at timestamptz;
CREATE INDEX job_completed ON job (node, completed_at) WHERE status = 'done';
