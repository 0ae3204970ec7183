-- What has happened: histories and the feed of changes are read from it. Step 15 of the SQLite schema.
-- Written in the transaction of the change itself, and never changed. Clustered in the order of the changes, in which
-- they are followed; the events of one change have one sequence number, and their ids are in order.

CREATE TABLE events (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    sequence INTEGER NOT NULL,
    id BLOB NOT NULL,
    -- Without foreign keys: what is purged keeps its history.
    workspace_id BLOB,
    asset_id BLOB,
    -- Whom it befell, where it befell a user.
    about_user_id BLOB,
    -- Who did it; none where the server did by itself.
    user_id BLOB,
    event_type TEXT NOT NULL,
    record_id BLOB NOT NULL,
    -- A JSON object: what else is known, by type.
    data TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, sequence, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_of_account ON events (account_id, sequence, id) WHERE workspace_id IS NULL;
CREATE INDEX events_in_workspace ON events (workspace_id, sequence, id) WHERE workspace_id IS NOT NULL;
CREATE INDEX events_of_asset ON events (asset_id, sequence, id) WHERE asset_id IS NOT NULL;
CREATE INDEX events_about_user ON events (about_user_id, created_at_ms, id) WHERE about_user_id IS NOT NULL;
