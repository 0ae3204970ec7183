-- Which assets a user chose for themselves: favorites, and those they want to hear of. Step 12 of the PostgreSQL schema.

-- When the asset was made stands here too: a user's assets are listed in that order, by an index alone.
CREATE TABLE asset_marks (
    asset_id UUID NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('favorite', 'subscription')),
    user_id UUID NOT NULL REFERENCES users (id),
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    asset_created_at_ms BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (asset_id, kind, user_id)
);
CREATE INDEX asset_marks_in_order ON asset_marks (user_id, kind, workspace_id, asset_created_at_ms, asset_id);
