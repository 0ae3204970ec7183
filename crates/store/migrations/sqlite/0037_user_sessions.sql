-- People who sign in: passwords, sessions, and links that are good for one password. Step 37 of the SQLite schema.

-- Never the password: its Argon2id hash, in the form of PHC strings.
CREATE TABLE user_passwords (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    hash TEXT NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Never the cookie: its SHA-256. A session that was ended has no row.
CREATE TABLE user_sessions (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    token_sha256 BLOB NOT NULL,
    address TEXT,
    user_agent TEXT,
    created_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_sessions_of_user ON user_sessions (user_id, created_at_ms, id);
CREATE UNIQUE INDEX user_sessions_token_sha256_key ON user_sessions (token_sha256);

-- Links that are good for once. Without a user, it makes the first one of the installation.
CREATE TABLE sign_in_links (
    token_sha256 BLOB NOT NULL PRIMARY KEY,
    user_id BLOB REFERENCES users (id),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_links_of_user ON sign_in_links (user_id);

-- SQLite changes no CHECK in place: the table is made anew.
CREATE TABLE auth_changes_again (
    revision INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('account', 'key', 'workspace', 'signing_key', 'token', 'secrets', 'person')),
    subject TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO auth_changes_again (revision, kind, subject) SELECT revision, kind, subject FROM auth_changes;
DROP TABLE auth_changes;
ALTER TABLE auth_changes_again RENAME TO auth_changes;
