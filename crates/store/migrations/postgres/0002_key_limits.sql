-- What keys are narrowed to, and tokens that are revoked one by one. Step 2 of the PostgreSQL schema.

-- Each NULL: not narrowed. Lists with commas between; networks in CIDR notation.
ALTER TABLE api_keys ADD COLUMN scopes TEXT;
ALTER TABLE api_keys ADD COLUMN workspace_ids TEXT;
ALTER TABLE api_keys ADD COLUMN networks TEXT;
-- NULL: the operator.
ALTER TABLE api_keys ADD COLUMN created_by_user_id UUID REFERENCES users (id);

-- Kept until the token would have expired by itself.
CREATE TABLE revoked_tokens (
    token_id TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES api_keys (key_id),
    expires_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at_ms);

ALTER TABLE auth_changes DROP CONSTRAINT auth_changes_kind_check;
ALTER TABLE auth_changes ADD CONSTRAINT auth_changes_kind_check
    CHECK (kind IN ('account', 'key', 'workspace', 'signing_key', 'token', 'secrets'));
