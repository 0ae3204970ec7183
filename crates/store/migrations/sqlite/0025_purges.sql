-- Workspaces and accounts that are being removed for good, step by step. Step 25 of the SQLite schema.

-- From then on there is no way back: a part of it may be gone already.
ALTER TABLE workspaces ADD COLUMN purge_started_at_ms INTEGER;
ALTER TABLE accounts ADD COLUMN purge_started_at_ms INTEGER;

-- By these the database finds what names a row that is deleted, rather than to read a whole table for each.
CREATE INDEX assets_by_place ON assets (workspace_id, folder_id);
CREATE INDEX versions_by_parent ON versions (commit_parent_id) WHERE commit_parent_id IS NOT NULL;
CREATE INDEX comments_by_asset ON comments (asset_id);
CREATE INDEX comments_by_version ON comments (asset_version_id);
CREATE INDEX comments_by_parent ON comments (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tasks_by_asset ON tasks (asset_id) WHERE asset_id IS NOT NULL;
