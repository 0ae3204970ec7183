-- Where an installation has gone that was moved to another database or storage. Step 33 of the PostgreSQL schema.

-- At most one row. Whoever opens the database looks here first, so that nobody serves it by mistake.
CREATE TABLE relocation (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    at_ms BIGINT NOT NULL,
    -- Without its password. NULL: it is this one still, and only the files have gone.
    database_place TEXT,
    storage_place TEXT NOT NULL
);
