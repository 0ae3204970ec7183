-- The core: who may do what, and what there is. Step 1 of the PostgreSQL schema; the same step for SQLite has the
-- same tables, columns and keys. Times are Unix milliseconds. Each primary key is named <table>_pkey and each unique
-- index <table>_<columns>_key: errors name them on both databases.

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'service')),
    username TEXT NOT NULL,
    email TEXT,
    first_name TEXT,
    last_name TEXT,
    default_avatar BIGINT NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL
);

CREATE TABLE accounts (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    plan TEXT NOT NULL CHECK (plan IN ('personal', 'team', 'pro', 'enterprise')),
    suspended_at_ms BIGINT,
    -- Tokens made under an earlier epoch are refused.
    token_epoch BIGINT NOT NULL,
    created_by_user_id UUID REFERENCES users (id),
    default_avatar BIGINT NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    -- The last number given out; every change in the account takes the next.
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL
);

-- Roles are names with commas between.
CREATE TABLE account_members (
    account_id UUID NOT NULL REFERENCES accounts (id),
    user_id UUID NOT NULL REFERENCES users (id),
    roles TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    PRIMARY KEY (account_id, user_id)
);

CREATE TABLE workspaces (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    default_avatar BIGINT NOT NULL CHECK (default_avatar BETWEEN 1 AND 10),
    created_by_user_id UUID REFERENCES users (id),
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    UNIQUE (account_id, id)
);
CREATE INDEX workspaces_in_account ON workspaces (account_id, created_at_ms, id) WHERE deleted_at_ms IS NULL;

CREATE TABLE workspace_members (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id UUID NOT NULL REFERENCES users (id),
    roles TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX workspace_members_of_user ON workspace_members (user_id, workspace_id);

CREATE TABLE api_keys (
    key_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    user_id UUID NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    workspace_roles TEXT NOT NULL,
    expires_at_ms BIGINT,
    revoked_at_ms BIGINT,
    last_used_at_ms BIGINT,
    last_used_ip TEXT,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL
);
CREATE INDEX api_keys_in_account ON api_keys (account_id, created_at_ms, key_id);

-- Never the secret: a message authentication code of it, under a pepper that is kept elsewhere.
CREATE TABLE api_key_secrets (
    key_id TEXT COLLATE "C" NOT NULL REFERENCES api_keys (key_id),
    version BIGINT NOT NULL,
    pepper_id BIGINT NOT NULL,
    mac BYTEA NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT,
    revoked_at_ms BIGINT,
    PRIMARY KEY (key_id, version)
);

CREATE TABLE signing_keys (
    kid TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired', 'revoked')),
    public_jwk TEXT NOT NULL,
    -- Encrypted under a key that is kept elsewhere; destroyed when the key retires.
    sealed_private BYTEA,
    created_at_ms BIGINT NOT NULL,
    activated_at_ms BIGINT,
    retired_at_ms BIGINT
);

-- What every process has to take into its memory, in the order of the revisions. The counter is a row, not a
-- sequence, so that revisions become visible in order and without gaps.
CREATE TABLE auth_revision (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL
);
INSERT INTO auth_revision (id, revision) VALUES (1, 0);

CREATE TABLE auth_changes (
    revision BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('account', 'key', 'workspace', 'signing_key')),
    subject TEXT NOT NULL
);

CREATE TABLE server_processes (
    process_id UUID NOT NULL PRIMARY KEY,
    applied_revision BIGINT NOT NULL,
    started_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL
);

CREATE TABLE asset_statuses (
    id UUID NOT NULL PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    color TEXT,
    position BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    UNIQUE (workspace_id, id)
);

-- The root is a row too. `path_key` is the path in the form by which paths are compared; all that lies below a
-- folder is one range of it.
CREATE TABLE folders (
    id UUID NOT NULL PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    parent_id UUID,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    path_key TEXT COLLATE "C" NOT NULL,
    created_by_user_id UUID REFERENCES users (id),
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    UNIQUE (workspace_id, id),
    UNIQUE (workspace_id, path_key),
    FOREIGN KEY (workspace_id, parent_id) REFERENCES folders (workspace_id, id),
    CHECK ((parent_id IS NULL) = (path_key = '/'))
);
CREATE INDEX folders_in_parent ON folders (workspace_id, parent_id, created_at_ms, id);

-- Content, once an account.
CREATE TABLE blobs (
    account_id UUID NOT NULL REFERENCES accounts (id),
    sha256 BYTEA NOT NULL CHECK (octet_length(sha256) = 32),
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (account_id, sha256)
);

CREATE TABLE assets (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    folder_id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    file_name TEXT NOT NULL,
    description TEXT,
    asset_type_id UUID,
    status_id UUID,
    created_by_user_id UUID NOT NULL REFERENCES users (id),
    -- Checked at the end of the transaction: an asset and its first version are made together.
    current_version_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    deleted_by_user_id UUID REFERENCES users (id),
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id),
    FOREIGN KEY (workspace_id, folder_id) REFERENCES folders (workspace_id, id),
    FOREIGN KEY (workspace_id, status_id) REFERENCES asset_statuses (workspace_id, id)
);
CREATE UNIQUE INDEX assets_folder_id_name_key_key ON assets (folder_id, name_key) WHERE deleted_at_ms IS NULL;
-- The conditions of these indexes stand among their columns because SQLite needs them there.
CREATE INDEX assets_in_folder ON assets (folder_id, created_at_ms, id, deleted_at_ms) WHERE deleted_at_ms IS NULL;
CREATE INDEX assets_live ON assets (workspace_id, deleted_at_ms) WHERE deleted_at_ms IS NULL;
CREATE INDEX assets_deleted ON assets (workspace_id, deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
CREATE INDEX assets_by_current_version ON assets (current_version_id);

CREATE TABLE versions (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    asset_id UUID NOT NULL REFERENCES assets (id),
    commit_parent_id UUID REFERENCES versions (id),
    created_by_user_id UUID NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    description TEXT,
    file_name TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    version_number BIGINT NOT NULL CHECK (version_number > 0),
    sequence BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    UNIQUE (asset_id, version_number),
    FOREIGN KEY (account_id, sha256) REFERENCES blobs (account_id, sha256)
);
CREATE INDEX versions_of_asset ON versions (asset_id, created_at_ms, id, deleted_at_ms) WHERE deleted_at_ms IS NULL;
CREATE INDEX versions_of_blob ON versions (account_id, sha256);
-- Sums of sizes read this index alone.
CREATE INDEX versions_live ON versions (workspace_id, asset_id, size_bytes, deleted_at_ms) WHERE deleted_at_ms IS NULL;
ALTER TABLE assets ADD CONSTRAINT assets_current_version_id_fkey
    FOREIGN KEY (current_version_id) REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE uploads (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL,
    workspace_id UUID NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'received', 'committed')),
    sha256 BYTEA,
    size_bytes BIGINT,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    received_at_ms BIGINT,
    committed_at_ms BIGINT,
    FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, id),
    FOREIGN KEY (account_id, sha256) REFERENCES blobs (account_id, sha256),
    CHECK ((state = 'pending') = (received_at_ms IS NULL)),
    CHECK ((state = 'committed') = (committed_at_ms IS NOT NULL))
);
CREATE INDEX uploads_by_expiry ON uploads (expires_at_ms);
CREATE INDEX uploads_of_blob ON uploads (account_id, sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE idempotency_keys (
    account_id UUID NOT NULL REFERENCES accounts (id),
    user_id UUID NOT NULL REFERENCES users (id),
    key TEXT COLLATE "C" NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'completed')),
    fingerprint BYTEA,
    status BIGINT,
    headers TEXT,
    body BYTEA,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (user_id, key),
    CHECK ((state = 'completed') = (status IS NOT NULL))
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at_ms);
