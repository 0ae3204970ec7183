-- What users are told of. Step 21 of the PostgreSQL schema.

CREATE TABLE notifications (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id UUID NOT NULL REFERENCES users (id),
    -- Who did it.
    actor_id UUID NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    record_id UUID NOT NULL,
    asset_id UUID REFERENCES assets (id) ON DELETE CASCADE,
    created_at_ms BIGINT NOT NULL,
    read_at_ms BIGINT
);
CREATE INDEX notifications_of_user ON notifications (account_id, user_id, created_at_ms, id);
CREATE INDEX notifications_of_asset ON notifications (asset_id);
CREATE INDEX notifications_by_age ON notifications (created_at_ms);
