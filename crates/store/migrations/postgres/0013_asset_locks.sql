-- Who works on an asset, until when. Step 13 of the PostgreSQL schema. The lock is part of the asset: it is read with it, and
-- goes with it. `lock_fence` stays when a lock ends, so that it never goes back.

ALTER TABLE assets ADD COLUMN lock_user_id UUID REFERENCES users (id);
ALTER TABLE assets ADD COLUMN lock_reason TEXT;
ALTER TABLE assets ADD COLUMN lock_acquired_at_ms BIGINT;
ALTER TABLE assets ADD COLUMN lock_expires_at_ms BIGINT;
ALTER TABLE assets ADD COLUMN lock_fence BIGINT NOT NULL DEFAULT 0;
CREATE INDEX assets_locked ON assets (workspace_id, lock_expires_at_ms) WHERE lock_user_id IS NOT NULL;
