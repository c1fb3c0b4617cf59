-- What each writer's latest transaction left behind, for a writer that lost its connection at the commit. A transaction's number is no such
-- proof: after a crash a server may hand out again the numbers of transactions whose records had not reached the disk.
-- A writer has a row for each transaction that it runs at the same time; rows of the past are taken away when a node joins.
CREATE TABLE commit_mark (
    writer uuid PRIMARY KEY,
    mark   uuid NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);
