-- What people say about a version of an asset. Step 8 of the PostgreSQL schema.

CREATE TABLE comments (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    asset_id UUID NOT NULL REFERENCES assets (id),
    asset_version_id UUID NOT NULL REFERENCES versions (id),
    parent_id UUID REFERENCES comments (id),
    user_id UUID NOT NULL REFERENCES users (id),
    content TEXT NOT NULL,
    -- A JSON object: the point or camera that it refers to.
    viewer_metadata TEXT,
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
);
CREATE INDEX comments_of_asset ON comments (asset_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;
