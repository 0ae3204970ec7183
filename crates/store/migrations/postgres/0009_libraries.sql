-- Collections of assets, across folders. Step 9 of the PostgreSQL schema.

CREATE TABLE libraries (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    default_avatar BIGINT NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    created_by_user_id UUID NOT NULL REFERENCES users (id),
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
);
CREATE INDEX libraries_in_workspace ON libraries (workspace_id, created_at_ms, id);

-- When the asset was made stands here too: a library's assets are listed in that order, by an index alone.
CREATE TABLE library_assets (
    library_id UUID NOT NULL REFERENCES libraries (id) ON DELETE CASCADE,
    asset_id UUID NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    asset_created_at_ms BIGINT NOT NULL,
    created_by_user_id UUID NOT NULL REFERENCES users (id),
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (library_id, asset_id)
);
CREATE INDEX library_assets_in_order ON library_assets (library_id, asset_created_at_ms, asset_id);
CREATE INDEX library_assets_of_asset ON library_assets (asset_id, library_id);
