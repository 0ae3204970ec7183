-- What a workspace calls its assets by, in any number. Step 7 of the SQLite schema.

CREATE TABLE tags (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    color TEXT,
    created_by_user_id BLOB NOT NULL REFERENCES users (id),
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tags_workspace_id_name_key_key ON tags (workspace_id, name_key) WHERE deleted_at_ms IS NULL;
CREATE INDEX tags_in_workspace ON tags (workspace_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;

CREATE TABLE asset_tags (
    asset_id BLOB NOT NULL REFERENCES assets (id),
    tag_id BLOB NOT NULL REFERENCES tags (id),
    created_by_user_id BLOB NOT NULL REFERENCES users (id),
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (asset_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_tags_by_tag ON asset_tags (tag_id, asset_id);
