-- Pictures that look alike, and files that others name. Step 38 of the SQLite schema.

-- The sketch of a preview's picture.
CREATE TABLE preview_likenesses (
    preview_id BLOB NOT NULL PRIMARY KEY REFERENCES previews (id) ON DELETE CASCADE,
    -- 64 bits.
    structure INTEGER NOT NULL,
    colors BLOB NOT NULL CHECK (length(colors) = 48)
) STRICT, WITHOUT ROWID;

-- Its structure in pieces, by which pictures are found that may look alike.
CREATE TABLE preview_bands (
    preview_id BLOB NOT NULL REFERENCES previews (id) ON DELETE CASCADE,
    band INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    PRIMARY KEY (preview_id, band)
) STRICT, WITHOUT ROWID;
CREATE INDEX preview_bands_of_account ON preview_bands (account_id, band, preview_id);

-- The version that a preview is of alone, since other files of its workspace show in it; none where it is of all with its content.
-- No reference: it may go before it.
ALTER TABLE previews ADD COLUMN version_id BLOB;

-- The files that a version's file names, such as textures, whether there are such or not: the last part of each path, folded.
CREATE TABLE named_files (
    version_id BLOB NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    name_key TEXT NOT NULL,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    PRIMARY KEY (version_id, name_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX named_files_of_workspace ON named_files (workspace_id, name_key, version_id);
