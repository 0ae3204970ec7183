-- The core: who may do what, and what there is. Step 1 of the SQLite schema; the same step for PostgreSQL has the
-- same tables, columns and keys. Ids are UUIDs of 16 bytes, times are Unix milliseconds.
-- Tables are clustered by their primary key: version 7 ids arrive in order, and a row is found in one descent.

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'service')),
    username TEXT NOT NULL,
    email TEXT,
    first_name TEXT,
    last_name TEXT,
    default_avatar INTEGER NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    plan TEXT NOT NULL CHECK (plan IN ('personal', 'team', 'pro', 'enterprise')),
    suspended_at_ms INTEGER,
    -- Tokens made under an earlier epoch are refused.
    token_epoch INTEGER NOT NULL,
    created_by_user_id BLOB REFERENCES users (id),
    default_avatar INTEGER NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    -- The last number given out; every change in the account takes the next.
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Roles are names with commas between.
CREATE TABLE account_members (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    roles TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    default_avatar INTEGER NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    created_by_user_id BLOB REFERENCES users (id),
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    UNIQUE (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX workspaces_in_account ON workspaces (account_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;

CREATE TABLE workspace_members (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    roles TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX workspace_members_of_user ON workspace_members (user_id, workspace_id);

CREATE TABLE api_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    workspace_roles TEXT NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    last_used_at_ms INTEGER,
    last_used_ip TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_in_account ON api_keys (account_id, created_at_ms, key_id);

-- Never the secret: a message authentication code of it, under a pepper that is kept elsewhere.
CREATE TABLE api_key_secrets (
    key_id TEXT NOT NULL REFERENCES api_keys (key_id),
    version INTEGER NOT NULL,
    pepper_id INTEGER NOT NULL,
    mac BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    PRIMARY KEY (key_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired', 'revoked')),
    public_jwk TEXT NOT NULL,
    -- Encrypted under a key that is kept elsewhere; destroyed when the key retires.
    sealed_private BLOB,
    created_at_ms INTEGER NOT NULL,
    activated_at_ms INTEGER,
    retired_at_ms INTEGER
) STRICT, WITHOUT ROWID;

-- What every process has to take into its memory, in the order of the revisions. The counter is a row, not a
-- sequence, so that revisions become visible in order and without gaps.
CREATE TABLE auth_revision (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO auth_revision (id, revision) VALUES (1, 0);

CREATE TABLE auth_changes (
    revision INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('account', 'key', 'workspace', 'signing_key')),
    subject TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE server_processes (
    process_id BLOB NOT NULL PRIMARY KEY,
    applied_revision INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL,
    seen_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE asset_statuses (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    color TEXT,
    position INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    UNIQUE (workspace_id, id)
) STRICT, WITHOUT ROWID;

-- The root is a row too. `path_key` is the path in the form by which paths are compared; all that lies below a
-- folder is one range of it.
CREATE TABLE folders (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    parent_id BLOB,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    path_key TEXT NOT NULL,
    created_by_user_id BLOB REFERENCES users (id),
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, path_key),
    FOREIGN KEY (workspace_id, parent_id) REFERENCES folders (workspace_id, id),
    CHECK ((parent_id IS NULL) = (path_key = '/'))
) STRICT, WITHOUT ROWID;
CREATE INDEX folders_in_parent ON folders (workspace_id, parent_id, created_at_ms, id);

-- Content, once an account.
CREATE TABLE blobs (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE assets (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    folder_id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    file_name TEXT NOT NULL,
    description TEXT,
    asset_type_id BLOB,
    status_id BLOB,
    created_by_user_id BLOB NOT NULL REFERENCES users (id),
    -- Checked at the end of the transaction: an asset and its first version are made together.
    current_version_id BLOB NOT NULL REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    deleted_by_user_id BLOB REFERENCES users (id),
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id),
    FOREIGN KEY (workspace_id, folder_id) REFERENCES folders (workspace_id, id),
    FOREIGN KEY (workspace_id, status_id) REFERENCES asset_statuses (workspace_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX assets_folder_id_name_key_key ON assets (folder_id, name_key) WHERE deleted_at_ms IS NULL;
-- The conditions of these indexes stand among their columns too: SQLite counts by an index alone only when it finds
-- every column there that the query names.
CREATE INDEX assets_in_folder ON assets (folder_id, created_at_ms, id, deleted_at_ms) WHERE deleted_at_ms IS NULL;
CREATE INDEX assets_live ON assets (workspace_id, deleted_at_ms) WHERE deleted_at_ms IS NULL;
CREATE INDEX assets_deleted ON assets (workspace_id, deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
-- Without it SQLite reads all assets at each new version, to see whether one had waited for it (the deferred key).
CREATE INDEX assets_by_current_version ON assets (current_version_id);

CREATE TABLE versions (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    asset_id BLOB NOT NULL REFERENCES assets (id),
    commit_parent_id BLOB REFERENCES versions (id),
    created_by_user_id BLOB NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    description TEXT,
    file_name TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    version_number INTEGER NOT NULL CHECK (version_number > 0),
    sequence INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    UNIQUE (asset_id, version_number),
    FOREIGN KEY (account_id, sha256) REFERENCES blobs (account_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX versions_of_asset ON versions (asset_id, created_at_ms, id, deleted_at_ms) WHERE deleted_at_ms IS NULL;
CREATE INDEX versions_of_blob ON versions (account_id, sha256);
-- Sums of sizes read this index alone.
CREATE INDEX versions_live ON versions (workspace_id, asset_id, size_bytes, deleted_at_ms) WHERE deleted_at_ms IS NULL;

CREATE TABLE uploads (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    workspace_id BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'received', 'committed')),
    sha256 BLOB,
    size_bytes INTEGER,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    received_at_ms INTEGER,
    committed_at_ms INTEGER,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id),
    FOREIGN KEY (account_id, sha256) REFERENCES blobs (account_id, sha256),
    CHECK ((state = 'pending') = (received_at_ms IS NULL)),
    CHECK ((state = 'committed') = (committed_at_ms IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_expiry ON uploads (expires_at_ms);
CREATE INDEX uploads_of_blob ON uploads (account_id, sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE idempotency_keys (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'completed')),
    fingerprint BLOB,
    status INTEGER,
    headers TEXT,
    body BLOB,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, key),
    CHECK ((state = 'completed') = (status IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at_ms);
