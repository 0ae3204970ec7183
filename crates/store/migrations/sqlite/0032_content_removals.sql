-- Removals of content under way, and the last one of each: what several processes go by where the storage can't tell a
-- publish from a removal. Step 32 of the SQLite schema.

CREATE TABLE content_removals (
    -- No reference: content of an account that is gone is removed too.
    account_id BLOB NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    id BLOB NOT NULL,
    begun_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    PRIMARY KEY (account_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_removals_old ON content_removals (begun_at_ms);
