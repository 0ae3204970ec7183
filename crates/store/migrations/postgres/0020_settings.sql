-- What programs keep of their own beside an account or a workspace. Step 20 of the PostgreSQL schema.

-- `owner_id` is the account's or the workspace's; programs choose the ids of settings.
CREATE TABLE settings (
    owner_id UUID NOT NULL,
    id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- JSON.
    value TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE UNIQUE INDEX settings_owner_id_name_key_key ON settings (owner_id, name_key);
CREATE INDEX settings_of_account ON settings (account_id);
