-- Files that hang on an asset, or on what is said about it. Step 23 of the SQLite schema.

CREATE TABLE attachments (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    asset_id BLOB NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    review_id BLOB REFERENCES reviews (id) ON DELETE SET NULL,
    comment_id BLOB REFERENCES comments (id) ON DELETE SET NULL,
    created_by_user_id BLOB NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    description TEXT,
    file_name TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id),
    FOREIGN KEY (account_id, sha256) REFERENCES blobs (account_id, sha256),
    CHECK (review_id IS NULL OR comment_id IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_of_asset ON attachments (asset_id, created_at_ms, id);
CREATE INDEX attachments_of_review ON attachments (review_id) WHERE review_id IS NOT NULL;
CREATE INDEX attachments_of_comment ON attachments (comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX attachments_of_blob ON attachments (account_id, sha256);
