-- What users are told of. Step 21 of the SQLite schema.

CREATE TABLE notifications (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    -- Who did it.
    actor_id BLOB NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    record_id BLOB NOT NULL,
    asset_id BLOB REFERENCES assets (id) ON DELETE CASCADE,
    created_at_ms INTEGER NOT NULL,
    read_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_of_user ON notifications (account_id, user_id, created_at_ms, id);
CREATE INDEX notifications_of_asset ON notifications (asset_id);
CREATE INDEX notifications_by_age ON notifications (created_at_ms);
