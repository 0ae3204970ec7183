-- Collections of assets, across folders. Step 9 of the SQLite schema.

CREATE TABLE libraries (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    default_avatar INTEGER NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    created_by_user_id BLOB NOT NULL REFERENCES users (id),
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX libraries_in_workspace ON libraries (workspace_id, created_at_ms, id);

-- When the asset was made stands here too: a library's assets are listed in that order, by an index alone.
CREATE TABLE library_assets (
    library_id BLOB NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    asset_id BLOB NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    asset_created_at_ms INTEGER NOT NULL,
    created_by_user_id BLOB NOT NULL REFERENCES users (id),
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (library_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX library_assets_in_order ON library_assets (library_id, asset_created_at_ms, asset_id);
CREATE INDEX library_assets_of_asset ON library_assets (asset_id, library_id);
