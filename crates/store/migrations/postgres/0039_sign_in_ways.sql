-- Other ways than a password for people to sign in: passkeys, and identities at the studio's own provider. Step 39 of the PostgreSQL schema.

-- Public keys alone: what signs stays with the person's device.
CREATE TABLE user_passkeys (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    algorithm BIGINT NOT NULL,
    sign_count BIGINT NOT NULL,
    transports TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    last_used_at_ms BIGINT
);
CREATE INDEX user_passkeys_of_user ON user_passkeys (user_id, created_at_ms, id);
CREATE UNIQUE INDEX user_passkeys_credential_id_key ON user_passkeys (credential_id);

-- Challenges that a passkey has answered, until they end by themselves: none is good twice.
CREATE TABLE answered_challenges (
    sha256 BYTEA NOT NULL PRIMARY KEY,
    expires_at_ms BIGINT NOT NULL
);
CREATE INDEX answered_challenges_expires_at ON answered_challenges (expires_at_ms);

-- Who somebody is to an OpenID provider: its address, and its own name for them.
CREATE TABLE user_identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    created_at_ms BIGINT NOT NULL,
    last_used_at_ms BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX user_identities_of_user ON user_identities (user_id);
