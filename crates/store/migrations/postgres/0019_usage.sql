-- How much accounts and workspaces hold, kept beside them. Step 19 of the PostgreSQL schema.
-- The database counts by itself, so that whoever writes, deletes or purges can't forget to: the bytes of an account's
-- content, once each; a workspace's live assets, and the bytes of the live versions of these.

ALTER TABLE accounts ADD COLUMN storage_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN asset_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN storage_bytes BIGINT NOT NULL DEFAULT 0;

UPDATE accounts SET storage_bytes =
    (SELECT COALESCE(SUM(b.size_bytes), 0) FROM blobs b WHERE b.account_id = accounts.id);
UPDATE workspaces SET
    asset_count = (SELECT COUNT(*) FROM assets a WHERE a.workspace_id = workspaces.id AND a.deleted_at_ms IS NULL),
    storage_bytes = (SELECT COALESCE(SUM(v.size_bytes), 0) FROM versions v JOIN assets a ON a.id = v.asset_id
        WHERE v.workspace_id = workspaces.id AND v.deleted_at_ms IS NULL AND a.deleted_at_ms IS NULL);

CREATE FUNCTION count_blob() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE accounts SET storage_bytes = storage_bytes + NEW.size_bytes WHERE id = NEW.account_id;
    ELSE
        UPDATE accounts SET storage_bytes = storage_bytes - OLD.size_bytes WHERE id = OLD.account_id;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER blobs_counted AFTER INSERT OR DELETE ON blobs FOR EACH ROW EXECUTE FUNCTION count_blob();

CREATE FUNCTION count_asset() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    sign BIGINT := CASE WHEN NEW.deleted_at_ms IS NULL THEN 1 ELSE -1 END;
    bytes BIGINT;
BEGIN
    SELECT COALESCE(SUM(v.size_bytes), 0) INTO bytes FROM versions v
        WHERE v.asset_id = NEW.id AND v.deleted_at_ms IS NULL;
    UPDATE workspaces SET asset_count = asset_count + sign, storage_bytes = storage_bytes + sign * bytes
        WHERE id = NEW.workspace_id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER assets_counted AFTER INSERT ON assets
    FOR EACH ROW WHEN (NEW.deleted_at_ms IS NULL) EXECUTE FUNCTION count_asset();
CREATE TRIGGER assets_trashed_or_restored AFTER UPDATE OF deleted_at_ms ON assets
    FOR EACH ROW WHEN ((OLD.deleted_at_ms IS NULL) <> (NEW.deleted_at_ms IS NULL)) EXECUTE FUNCTION count_asset();

-- Of an asset in the trash nothing counts; only there assets and versions are deleted for good.
CREATE FUNCTION count_version() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    sign BIGINT := CASE WHEN NEW.deleted_at_ms IS NULL THEN 1 ELSE -1 END;
BEGIN
    UPDATE workspaces SET storage_bytes = storage_bytes + sign * NEW.size_bytes WHERE id = NEW.workspace_id
        AND EXISTS (SELECT 1 FROM assets a WHERE a.id = NEW.asset_id AND a.deleted_at_ms IS NULL);
    RETURN NULL;
END;
$$;
CREATE TRIGGER versions_counted AFTER INSERT ON versions
    FOR EACH ROW WHEN (NEW.deleted_at_ms IS NULL) EXECUTE FUNCTION count_version();
CREATE TRIGGER versions_trashed_or_restored AFTER UPDATE OF deleted_at_ms ON versions
    FOR EACH ROW WHEN ((OLD.deleted_at_ms IS NULL) <> (NEW.deleted_at_ms IS NULL)) EXECUTE FUNCTION count_version();
