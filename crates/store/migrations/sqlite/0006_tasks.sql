-- What somebody has to do, for an asset or not. Step 6 of the SQLite schema.

CREATE TABLE tasks (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    creator_id BLOB NOT NULL REFERENCES users (id),
    assignee_id BLOB REFERENCES users (id),
    asset_id BLOB REFERENCES assets (id),
    title TEXT NOT NULL,
    description TEXT,
    priority TEXT NOT NULL CHECK (priority IN ('Low', 'Medium', 'High', 'Urgent')),
    status TEXT NOT NULL CHECK (status IN ('Pending', 'In Progress', 'Completed')),
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_in_workspace ON tasks (workspace_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX tasks_of_asset ON tasks (asset_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;
