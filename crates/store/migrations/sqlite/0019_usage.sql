-- How much accounts and workspaces hold, kept beside them. Step 19 of the SQLite schema.
-- The database counts by itself, so that whoever writes, deletes or purges can't forget to: the bytes of an account's
-- content, once each; a workspace's live assets, and the bytes of the live versions of these.

ALTER TABLE accounts ADD COLUMN storage_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN asset_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN storage_bytes INTEGER NOT NULL DEFAULT 0;

UPDATE accounts SET storage_bytes =
    (SELECT COALESCE(SUM(b.size_bytes), 0) FROM blobs b WHERE b.account_id = accounts.id);
UPDATE workspaces SET
    asset_count = (SELECT COUNT(*) FROM assets a WHERE a.workspace_id = workspaces.id AND a.deleted_at_ms IS NULL),
    storage_bytes = (SELECT COALESCE(SUM(v.size_bytes), 0) FROM versions v JOIN assets a ON a.id = v.asset_id
        WHERE v.workspace_id = workspaces.id AND v.deleted_at_ms IS NULL AND a.deleted_at_ms IS NULL);

CREATE TRIGGER blobs_counted AFTER INSERT ON blobs BEGIN
    UPDATE accounts SET storage_bytes = storage_bytes + NEW.size_bytes WHERE id = NEW.account_id;
END;
CREATE TRIGGER blobs_uncounted AFTER DELETE ON blobs BEGIN
    UPDATE accounts SET storage_bytes = storage_bytes - OLD.size_bytes WHERE id = OLD.account_id;
END;

CREATE TRIGGER assets_counted AFTER INSERT ON assets WHEN NEW.deleted_at_ms IS NULL BEGIN
    UPDATE workspaces SET asset_count = asset_count + 1 WHERE id = NEW.workspace_id;
END;
CREATE TRIGGER assets_trashed AFTER UPDATE OF deleted_at_ms ON assets
    WHEN OLD.deleted_at_ms IS NULL AND NEW.deleted_at_ms IS NOT NULL BEGIN
    UPDATE workspaces SET asset_count = asset_count - 1, storage_bytes = storage_bytes
        - (SELECT COALESCE(SUM(v.size_bytes), 0) FROM versions v WHERE v.asset_id = NEW.id AND v.deleted_at_ms IS NULL)
        WHERE id = NEW.workspace_id;
END;
CREATE TRIGGER assets_restored AFTER UPDATE OF deleted_at_ms ON assets
    WHEN OLD.deleted_at_ms IS NOT NULL AND NEW.deleted_at_ms IS NULL BEGIN
    UPDATE workspaces SET asset_count = asset_count + 1, storage_bytes = storage_bytes
        + (SELECT COALESCE(SUM(v.size_bytes), 0) FROM versions v WHERE v.asset_id = NEW.id AND v.deleted_at_ms IS NULL)
        WHERE id = NEW.workspace_id;
END;

-- Of an asset in the trash nothing counts; only there assets and versions are deleted for good.
CREATE TRIGGER versions_counted AFTER INSERT ON versions
    WHEN NEW.deleted_at_ms IS NULL BEGIN
    UPDATE workspaces SET storage_bytes = storage_bytes + NEW.size_bytes WHERE id = NEW.workspace_id
        AND EXISTS (SELECT 1 FROM assets a WHERE a.id = NEW.asset_id AND a.deleted_at_ms IS NULL);
END;
CREATE TRIGGER versions_trashed AFTER UPDATE OF deleted_at_ms ON versions
    WHEN OLD.deleted_at_ms IS NULL AND NEW.deleted_at_ms IS NOT NULL BEGIN
    UPDATE workspaces SET storage_bytes = storage_bytes - NEW.size_bytes WHERE id = NEW.workspace_id
        AND EXISTS (SELECT 1 FROM assets a WHERE a.id = NEW.asset_id AND a.deleted_at_ms IS NULL);
END;
CREATE TRIGGER versions_restored AFTER UPDATE OF deleted_at_ms ON versions
    WHEN OLD.deleted_at_ms IS NOT NULL AND NEW.deleted_at_ms IS NULL BEGIN
    UPDATE workspaces SET storage_bytes = storage_bytes + NEW.size_bytes WHERE id = NEW.workspace_id
        AND EXISTS (SELECT 1 FROM assets a WHERE a.id = NEW.asset_id AND a.deleted_at_ms IS NULL);
END;
