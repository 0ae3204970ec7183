-- What files look like and what is in them, made once for each content of an account. Step 36 of the SQLite schema.

CREATE TABLE previews (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    -- Of the content it is of; no reference: what it is of may go before it.
    content_sha256 BLOB NOT NULL CHECK (length(content_sha256) = 32),
    -- What follows the last dot of the file's name, in lower case: it may decide who reads the content.
    extension TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('made', 'unknown', 'broken', 'too_large', 'crashed')),
    -- Why there is none.
    reason TEXT,
    -- What is in the file, in JSON.
    facts TEXT,
    -- The version of the readers that made it.
    readers INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- No two at a time but while one takes the place of another.
CREATE INDEX previews_of_content ON previews (account_id, content_sha256, extension);

CREATE TABLE preview_pictures (
    preview_id BLOB NOT NULL REFERENCES previews (id) ON DELETE CASCADE,
    -- The longest side that it is for, in pixels; 0 for the sheet of views or stills.
    side INTEGER NOT NULL CHECK (side >= 0),
    account_id BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    PRIMARY KEY (preview_id, side),
    FOREIGN KEY (account_id, sha256) REFERENCES blobs (account_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX preview_pictures_of_blob ON preview_pictures (account_id, sha256);

-- The facts that are one number or one word, for searches.
CREATE TABLE preview_facts (
    preview_id BLOB NOT NULL REFERENCES previews (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- A number in thousandths, or a word in the letters that searches fold to.
    thousandths INTEGER,
    word TEXT,
    PRIMARY KEY (preview_id, name)
) STRICT, WITHOUT ROWID;

ALTER TABLE versions ADD COLUMN preview_id BLOB REFERENCES previews (id);
-- The preview's, here so that who reads versions need not look for them.
ALTER TABLE versions ADD COLUMN facts TEXT;
CREATE INDEX versions_of_preview ON versions (preview_id) WHERE preview_id IS NOT NULL;
