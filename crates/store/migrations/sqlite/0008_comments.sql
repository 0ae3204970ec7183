-- What people say about a version of an asset. Step 8 of the SQLite schema.

CREATE TABLE comments (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    asset_id BLOB NOT NULL REFERENCES assets (id),
    asset_version_id BLOB NOT NULL REFERENCES versions (id),
    parent_id BLOB REFERENCES comments (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    content TEXT NOT NULL,
    -- A JSON object: the point or camera that it refers to.
    viewer_metadata TEXT,
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX comments_of_asset ON comments (asset_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;
