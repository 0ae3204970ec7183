-- What is found by its words. Step 22 of the SQLite schema.

-- One row for each thing with words of its own: an asset, or what stands beside assets and finds them too. `number` grows
-- with each row, so that assets found come in the order in which they were made.
CREATE TABLE search_entries (
    number INTEGER NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    asset_id BLOB REFERENCES assets (id) ON DELETE CASCADE,
    folder_id BLOB REFERENCES folders (id) ON DELETE CASCADE,
    tag_id BLOB REFERENCES tags (id) ON DELETE CASCADE,
    comment_id BLOB REFERENCES comments (id) ON DELETE CASCADE,
    -- Its words, in the form in which they are compared.
    text TEXT NOT NULL,
    -- Of an asset's file, in the same form, without the dot.
    extension TEXT,
    -- 'raw': text and extension are still to be made. 'waiting': they are searched one by one until many are indexed at once.
    state TEXT NOT NULL CHECK (state IN ('raw', 'waiting', 'indexed')),
    CHECK ((asset_id IS NOT NULL) + (folder_id IS NOT NULL) + (tag_id IS NOT NULL) + (comment_id IS NOT NULL) = 1)
) STRICT;
CREATE UNIQUE INDEX search_entries_asset_id_key ON search_entries (asset_id) WHERE asset_id IS NOT NULL;
CREATE UNIQUE INDEX search_entries_folder_id_key ON search_entries (folder_id) WHERE folder_id IS NOT NULL;
CREATE UNIQUE INDEX search_entries_tag_id_key ON search_entries (tag_id) WHERE tag_id IS NOT NULL;
CREATE UNIQUE INDEX search_entries_comment_id_key ON search_entries (comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX search_entries_of_assets ON search_entries (workspace_id, number) WHERE asset_id IS NOT NULL;
CREATE INDEX search_entries_by_extension ON search_entries (workspace_id, extension, number) WHERE extension IS NOT NULL;
CREATE INDEX search_entries_not_indexed ON search_entries (workspace_id, number) WHERE state <> 'indexed';

-- In which entries a gram stands (one to three characters, as a number): a list of entries each. The words themselves
-- are not kept here a second time.
CREATE VIRTUAL TABLE search_grams USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries BEGIN
    DELETE FROM search_grams WHERE rowid = old.number;
END;

-- A number finds assets of that size.
CREATE INDEX versions_by_size ON versions (workspace_id, size_bytes);

INSERT INTO search_entries (workspace_id, asset_id, text, state)
    SELECT workspace_id, id, '', 'raw' FROM assets ORDER BY created_at_ms, id;
INSERT INTO search_entries (workspace_id, folder_id, text, state) SELECT workspace_id, id, '', 'raw' FROM folders;
INSERT INTO search_entries (workspace_id, tag_id, text, state)
    SELECT workspace_id, id, '', 'raw' FROM tags WHERE deleted_at_ms IS NULL;
INSERT INTO search_entries (workspace_id, comment_id, text, state)
    SELECT workspace_id, id, '', 'raw' FROM comments WHERE deleted_at_ms IS NULL;
