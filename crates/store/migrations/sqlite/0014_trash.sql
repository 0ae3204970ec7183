-- Folders in the trash, with all that lay in them. Step 14 of the SQLite schema. A folder there keeps its `path`; its
-- `path_key` moves out of the tree, behind the id of the folder that was deleted, so that its place is free.

ALTER TABLE folders ADD COLUMN deleted_at_ms INTEGER;
ALTER TABLE folders ADD COLUMN deleted_by_user_id BLOB REFERENCES users (id);
-- The folder that was deleted, with which this one went; its own id for that folder itself.
ALTER TABLE folders ADD COLUMN trash_folder_id BLOB;
CREATE INDEX folders_in_trash ON folders (trash_folder_id) WHERE trash_folder_id IS NOT NULL;

-- The deleted folder with which the asset went; NULL where it went by itself.
ALTER TABLE assets ADD COLUMN trash_folder_id BLOB;
CREATE INDEX assets_in_trash ON assets (trash_folder_id) WHERE trash_folder_id IS NOT NULL;
