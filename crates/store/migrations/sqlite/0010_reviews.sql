-- What people find of a version of an asset. Step 10 of the SQLite schema.

CREATE TABLE reviews (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    asset_id BLOB NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    asset_version_id BLOB NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (id),
    assigned_user_id BLOB REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    content TEXT NOT NULL,
    -- A JSON object: the point or camera that it refers to.
    viewer_metadata TEXT,
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reviews_of_asset ON reviews (asset_id, created_at_ms, id);
-- The newest one's status is read from this index alone.
CREATE INDEX reviews_of_version ON reviews (asset_version_id, created_at_ms, id, status);

CREATE TABLE review_mentions (
    review_id BLOB NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (review_id, user_id)
) STRICT, WITHOUT ROWID;
