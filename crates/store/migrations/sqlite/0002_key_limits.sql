-- What keys are narrowed to, and tokens that are revoked one by one. Step 2 of the SQLite schema.

-- Each NULL: not narrowed. Lists with commas between; networks in CIDR notation.
ALTER TABLE api_keys ADD COLUMN scopes TEXT;
ALTER TABLE api_keys ADD COLUMN workspace_ids TEXT;
ALTER TABLE api_keys ADD COLUMN networks TEXT;
-- NULL: the operator.
ALTER TABLE api_keys ADD COLUMN created_by_user_id BLOB REFERENCES users (id);

-- Kept until the token would have expired by itself.
CREATE TABLE revoked_tokens (
    token_id TEXT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES api_keys (key_id),
    expires_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at_ms);

-- SQLite changes no CHECK in place: the table is made anew.
CREATE TABLE auth_changes_again (
    revision INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('account', 'key', 'workspace', 'signing_key', 'token', 'secrets')),
    subject TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO auth_changes_again (revision, kind, subject) SELECT revision, kind, subject FROM auth_changes;
DROP TABLE auth_changes;
ALTER TABLE auth_changes_again RENAME TO auth_changes;
