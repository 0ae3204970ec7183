-- What people find of a version of an asset. Step 10 of the PostgreSQL schema.

CREATE TABLE reviews (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    asset_id UUID NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    asset_version_id UUID NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id),
    assigned_user_id UUID REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    content TEXT NOT NULL,
    -- A JSON object: the point or camera that it refers to.
    viewer_metadata TEXT,
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
);
CREATE INDEX reviews_of_asset ON reviews (asset_id, created_at_ms, id);
-- The newest one's status is read from this index alone.
CREATE INDEX reviews_of_version ON reviews (asset_version_id, created_at_ms, id, status);

CREATE TABLE review_mentions (
    review_id UUID NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (review_id, user_id)
);
