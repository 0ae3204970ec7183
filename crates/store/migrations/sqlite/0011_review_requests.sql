-- Who was asked to review which version of an asset. Step 11 of the SQLite schema.

CREATE TABLE review_requests (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    asset_id BLOB NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    asset_version_id BLOB NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (id),
    content TEXT,
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_requests_of_asset ON review_requests (asset_id, created_at_ms, id);
CREATE INDEX review_requests_of_version ON review_requests (asset_version_id);

-- What they have answered is not kept: their reviews are.
CREATE TABLE review_request_users (
    review_request_id BLOB NOT NULL REFERENCES review_requests (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (review_request_id, user_id)
) STRICT, WITHOUT ROWID;
