-- The assets that a version's file was seen with, such as a model's textures: which of the workspace's its names meant. Step 40 of the SQLite schema.

CREATE TABLE used_assets (
    version_id BLOB NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    asset_id BLOB NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    PRIMARY KEY (version_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_assets_of_asset ON used_assets (asset_id, version_id);
