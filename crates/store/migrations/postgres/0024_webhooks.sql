-- Webhooks: where others are told of what happens in a workspace, and what came of telling them. Step 24 of the
-- PostgreSQL schema.

CREATE TABLE webhooks (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- The types of events it tells of, with commas between; empty for all.
    event_types TEXT NOT NULL,
    is_enabled BIGINT NOT NULL CHECK (is_enabled IN (0, 1)),
    allow_sensitive_data BIGINT NOT NULL CHECK (allow_sensitive_data IN (0, 1)),
    -- Its secrets and headers, encrypted.
    sealed BYTEA NOT NULL,
    -- Until when the secret before the present one signs too.
    previous_secret_until_ms BIGINT,
    -- The last event that was looked at for it: (sequence, id).
    queued_sequence BIGINT NOT NULL,
    queued_event_id UUID NOT NULL,
    created_by_user_id UUID NOT NULL REFERENCES users (id),
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id) ON DELETE CASCADE
);
CREATE INDEX webhooks_of_workspace ON webhooks (workspace_id, created_at_ms, id);
CREATE INDEX webhooks_of_account ON webhooks (account_id, workspace_id);

CREATE TABLE webhook_deliveries (
    id UUID NOT NULL PRIMARY KEY,
    webhook_id UUID NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- The event it tells of; the account is the webhook's.
    event_sequence BIGINT NOT NULL,
    event_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    -- How often it was tried.
    attempts BIGINT NOT NULL,
    -- While pending: when to try it, or, where somebody is trying it, when to take it that they have failed.
    due_at_ms BIGINT NOT NULL,
    -- While pending: when to give up.
    give_up_at_ms BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    finished_at_ms BIGINT
);
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, created_at_ms, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at_ms, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at_ms) WHERE finished_at_ms IS NOT NULL;

-- What came of each attempt.
CREATE TABLE webhook_attempts (
    delivery_id UUID NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    -- Counted from 1.
    number BIGINT NOT NULL,
    attempted_at_ms BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    -- The status it was answered with; none where there was no answer.
    status BIGINT,
    -- Why it was no success; none where it was one.
    error TEXT,
    PRIMARY KEY (delivery_id, number)
);
