-- What somebody has to do, for an asset or not. Step 6 of the PostgreSQL schema.

CREATE TABLE tasks (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    creator_id UUID NOT NULL REFERENCES users (id),
    assignee_id UUID REFERENCES users (id),
    asset_id UUID REFERENCES assets (id),
    title TEXT NOT NULL,
    description TEXT,
    priority TEXT NOT NULL CHECK (priority IN ('Low', 'Medium', 'High', 'Urgent')),
    status TEXT NOT NULL CHECK (status IN ('Pending', 'In Progress', 'Completed')),
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
);
CREATE INDEX tasks_in_workspace ON tasks (workspace_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX tasks_of_asset ON tasks (asset_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;
