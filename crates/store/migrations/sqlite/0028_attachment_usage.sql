-- The bytes of attachments count for their workspace, as those of versions do: while the asset is live. Step 28 of the
-- SQLite schema.

UPDATE workspaces SET storage_bytes = storage_bytes
    + (SELECT COALESCE(SUM(t.size_bytes), 0) FROM attachments t JOIN assets a ON a.id = t.asset_id
        WHERE t.workspace_id = workspaces.id AND a.deleted_at_ms IS NULL);

DROP TRIGGER assets_trashed;
CREATE TRIGGER assets_trashed AFTER UPDATE OF deleted_at_ms ON assets
    WHEN OLD.deleted_at_ms IS NULL AND NEW.deleted_at_ms IS NOT NULL BEGIN
    UPDATE workspaces SET asset_count = asset_count - 1, storage_bytes = storage_bytes
        - (SELECT COALESCE(SUM(v.size_bytes), 0) FROM versions v WHERE v.asset_id = NEW.id AND v.deleted_at_ms IS NULL)
        - (SELECT COALESCE(SUM(t.size_bytes), 0) FROM attachments t WHERE t.asset_id = NEW.id)
        WHERE id = NEW.workspace_id;
END;
DROP TRIGGER assets_restored;
CREATE TRIGGER assets_restored AFTER UPDATE OF deleted_at_ms ON assets
    WHEN OLD.deleted_at_ms IS NOT NULL AND NEW.deleted_at_ms IS NULL BEGIN
    UPDATE workspaces SET asset_count = asset_count + 1, storage_bytes = storage_bytes
        + (SELECT COALESCE(SUM(v.size_bytes), 0) FROM versions v WHERE v.asset_id = NEW.id AND v.deleted_at_ms IS NULL)
        + (SELECT COALESCE(SUM(t.size_bytes), 0) FROM attachments t WHERE t.asset_id = NEW.id)
        WHERE id = NEW.workspace_id;
END;

CREATE TRIGGER attachments_counted AFTER INSERT ON attachments BEGIN
    UPDATE workspaces SET storage_bytes = storage_bytes + NEW.size_bytes WHERE id = NEW.workspace_id
        AND EXISTS (SELECT 1 FROM assets a WHERE a.id = NEW.asset_id AND a.deleted_at_ms IS NULL);
END;
-- With its asset an attachment goes from the trash alone, where it doesn't count any more.
CREATE TRIGGER attachments_uncounted AFTER DELETE ON attachments BEGIN
    UPDATE workspaces SET storage_bytes = storage_bytes - OLD.size_bytes WHERE id = OLD.workspace_id
        AND EXISTS (SELECT 1 FROM assets a WHERE a.id = OLD.asset_id AND a.deleted_at_ms IS NULL);
END;
