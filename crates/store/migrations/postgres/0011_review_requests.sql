-- Who was asked to review which version of an asset. Step 11 of the PostgreSQL schema.

CREATE TABLE review_requests (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    asset_id UUID NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    asset_version_id UUID NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id),
    content TEXT,
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id)
);
CREATE INDEX review_requests_of_asset ON review_requests (asset_id, created_at_ms, id);
CREATE INDEX review_requests_of_version ON review_requests (asset_version_id);

-- What they have answered is not kept: their reviews are.
CREATE TABLE review_request_users (
    review_request_id UUID NOT NULL REFERENCES review_requests (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (review_request_id, user_id)
);
