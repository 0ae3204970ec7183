-- Invites to accounts, and what people say of themselves. Step 17 of the SQLite schema.

ALTER TABLE users ADD COLUMN industry TEXT;
ALTER TABLE users ADD COLUMN occupation TEXT;
ALTER TABLE users ADD COLUMN company TEXT;
ALTER TABLE users ADD COLUMN city TEXT;
ALTER TABLE users ADD COLUMN state TEXT;
ALTER TABLE users ADD COLUMN country TEXT;
ALTER TABLE users ADD COLUMN zip_code TEXT;
ALTER TABLE users ADD COLUMN avatar_file_id BLOB;
ALTER TABLE users ADD COLUMN invited_by_user_id BLOB REFERENCES users (id);
-- The form by which addresses are compared, of people who came by an invite: one person an address.
ALTER TABLE users ADD COLUMN email_key TEXT;
CREATE UNIQUE INDEX users_email_key_key ON users (email_key) WHERE email_key IS NOT NULL;

-- Never the token: its SHA-256. Roles are names and workspaces ids, with commas between.
CREATE TABLE account_invites (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    account_roles TEXT NOT NULL,
    workspace_roles TEXT NOT NULL,
    workspace_ids TEXT NOT NULL,
    token_sha256 BLOB NOT NULL,
    invited_by_user_id BLOB NOT NULL REFERENCES users (id),
    sent_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    accepted_at_ms INTEGER,
    rejected_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    CHECK (accepted_at_ms IS NULL OR rejected_at_ms IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_invites_in_account ON account_invites (account_id, created_at_ms, id);
CREATE UNIQUE INDEX account_invites_token_sha256_key ON account_invites (token_sha256);
-- One open invite an address.
CREATE UNIQUE INDEX account_invites_account_id_email_key_key ON account_invites (account_id, email_key)
    WHERE accepted_at_ms IS NULL AND rejected_at_ms IS NULL;
CREATE INDEX account_invites_by_email ON account_invites (email_key, created_at_ms, id);
