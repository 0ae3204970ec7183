-- Versions in the trash by themselves, while their assets are not. Step 27 of the SQLite schema.

ALTER TABLE versions ADD COLUMN deleted_by_user_id BLOB REFERENCES users (id);
CREATE INDEX versions_in_trash ON versions (workspace_id, deleted_at_ms, id) WHERE deleted_at_ms IS NOT NULL;
-- The highest number of a version that is gone for good, so that it is not given out again.
ALTER TABLE assets ADD COLUMN purged_version_number INTEGER NOT NULL DEFAULT 0;
