-- People who sign in: passwords, sessions, and links that are good for one password. Step 37 of the PostgreSQL schema.

-- Never the password: its Argon2id hash, in the form of PHC strings.
CREATE TABLE user_passwords (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    hash TEXT NOT NULL,
    changed_at_ms BIGINT NOT NULL
);

-- Never the cookie: its SHA-256. A session that was ended has no row.
CREATE TABLE user_sessions (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    token_sha256 BYTEA NOT NULL,
    address TEXT,
    user_agent TEXT,
    created_at_ms BIGINT NOT NULL,
    last_used_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);
CREATE INDEX user_sessions_of_user ON user_sessions (user_id, created_at_ms, id);
CREATE UNIQUE INDEX user_sessions_token_sha256_key ON user_sessions (token_sha256);

-- Links that are good for once. Without a user, it makes the first one of the installation.
CREATE TABLE sign_in_links (
    token_sha256 BYTEA NOT NULL PRIMARY KEY,
    user_id UUID REFERENCES users (id),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);
CREATE INDEX sign_in_links_of_user ON sign_in_links (user_id);

ALTER TABLE auth_changes DROP CONSTRAINT auth_changes_kind_check;
ALTER TABLE auth_changes ADD CONSTRAINT auth_changes_kind_check
    CHECK (kind IN ('account', 'key', 'workspace', 'signing_key', 'token', 'secrets', 'person'));
