-- Where an installation has gone that was moved to another database or storage. Step 33 of the SQLite schema.

-- At most one row. Whoever opens the database looks here first, so that nobody serves it by mistake.
CREATE TABLE relocation (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at_ms INTEGER NOT NULL,
    -- Without its password. NULL: it is this one still, and only the files have gone.
    database_place TEXT,
    storage_place TEXT NOT NULL
) STRICT, WITHOUT ROWID;
