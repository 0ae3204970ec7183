-- What a workspace calls its assets by, in any number. Step 7 of the PostgreSQL schema.

CREATE TABLE tags (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    color TEXT,
    created_by_user_id UUID NOT NULL REFERENCES users (id),
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
);
CREATE UNIQUE INDEX tags_workspace_id_name_key_key ON tags (workspace_id, name_key) WHERE deleted_at_ms IS NULL;
CREATE INDEX tags_in_workspace ON tags (workspace_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;

CREATE TABLE asset_tags (
    asset_id UUID NOT NULL REFERENCES assets (id),
    tag_id UUID NOT NULL REFERENCES tags (id),
    created_by_user_id UUID NOT NULL REFERENCES users (id),
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (asset_id, tag_id)
);
CREATE INDEX asset_tags_by_tag ON asset_tags (tag_id, asset_id);
