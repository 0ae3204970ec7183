-- The audit trail. Step 4 of the PostgreSQL schema. Lines are only ever appended; each carries a code over itself and the
-- line before, made with a key that is not in the database. No foreign keys: a line stands whatever becomes of the rest.

CREATE TABLE audit_entries (
    sequence BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    account_id UUID,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused')),
    reason TEXT,
    key_id TEXT,
    user_id UUID,
    address TEXT,
    agent TEXT,
    request_id TEXT,
    token_id TEXT,
    subject TEXT,
    -- A JSON object.
    details TEXT,
    mac BYTEA NOT NULL
);
CREATE INDEX audit_entries_of_account ON audit_entries (account_id, sequence);
-- Nearly all lines tell of tokens given out: what else there is has an index without them, which costs those nothing.
CREATE INDEX audit_entries_but_tokens ON audit_entries (account_id, sequence) WHERE action <> 'token.issued';
-- By it the keys whose end has no line yet are found.
CREATE INDEX audit_entries_of_expiry ON audit_entries (subject) WHERE action = 'key.expired';

-- The last number given out, the code of the last line, and a code over both, by which a cut tail is found.
CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    mac BYTEA,
    seal BYTEA
);
INSERT INTO audit_head (id, sequence) VALUES (1, 0);
