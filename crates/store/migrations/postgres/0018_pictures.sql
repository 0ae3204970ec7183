-- Pictures of accounts, workspaces, users and versions, and what an account says of itself. Step 18 of the PostgreSQL schema.

-- Kept as they were sent. Who shows one names it; nothing else does.
CREATE TABLE pictures (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    size_bytes BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    FOREIGN KEY (account_id, sha256) REFERENCES blobs (account_id, sha256)
);
CREATE INDEX pictures_of_blob ON pictures (account_id, sha256);

ALTER TABLE accounts ADD COLUMN thumbnail_file_id UUID;
ALTER TABLE accounts ADD COLUMN contact TEXT;
ALTER TABLE accounts ADD COLUMN frequency TEXT NOT NULL DEFAULT 'yearly' CHECK (frequency IN ('yearly', 'monthly'));
-- Nobody gets in any more; after 30 days everything of it is removed.
ALTER TABLE accounts ADD COLUMN closed_at_ms BIGINT;
ALTER TABLE workspaces ADD COLUMN thumbnail_file_id UUID;
ALTER TABLE workspaces ADD COLUMN deleted_by_user_id UUID REFERENCES users (id);
