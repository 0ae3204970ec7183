-- Removals of content under way, and the last one of each: what several processes go by where the storage can't tell a
-- publish from a removal. Step 32 of the PostgreSQL schema.

CREATE TABLE content_removals (
    -- No reference: content of an account that is gone is removed too.
    account_id UUID NOT NULL,
    sha256 BYTEA NOT NULL CHECK (length(sha256) = 32),
    id UUID NOT NULL,
    begun_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    PRIMARY KEY (account_id, sha256)
);
CREATE INDEX content_removals_old ON content_removals (begun_at_ms);
