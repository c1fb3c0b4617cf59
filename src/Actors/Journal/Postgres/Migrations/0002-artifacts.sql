-- Blobs named by the SHA-256 of their content, cut into chunks of 1 MiB. The row and its chunks come and go in one transaction: a blob that
-- has a row is whole.
CREATE TABLE artifact (
    hash       text COLLATE "C" PRIMARY KEY,
    length     bigint NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE artifact_chunk (
    hash    text COLLATE "C" NOT NULL REFERENCES artifact (hash) ON DELETE CASCADE,
    number  integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (hash, number)
);

-- Weights do not compress: trying costs time and saves nothing.
ALTER TABLE artifact_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
