-- The bytes of attachments count for their workspace, as those of versions do: while the asset is live. Step 28 of the
-- PostgreSQL schema.

UPDATE workspaces SET storage_bytes = storage_bytes
    + (SELECT COALESCE(SUM(t.size_bytes), 0) FROM attachments t JOIN assets a ON a.id = t.asset_id
        WHERE t.workspace_id = workspaces.id AND a.deleted_at_ms IS NULL);

CREATE OR REPLACE FUNCTION count_asset() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    sign BIGINT := CASE WHEN NEW.deleted_at_ms IS NULL THEN 1 ELSE -1 END;
    bytes BIGINT;
BEGIN
    SELECT (SELECT COALESCE(SUM(v.size_bytes), 0) FROM versions v WHERE v.asset_id = NEW.id AND v.deleted_at_ms IS NULL)
        + (SELECT COALESCE(SUM(t.size_bytes), 0) FROM attachments t WHERE t.asset_id = NEW.id) INTO bytes;
    UPDATE workspaces SET asset_count = asset_count + sign, storage_bytes = storage_bytes + sign * bytes
        WHERE id = NEW.workspace_id;
    RETURN NULL;
END;
$$;

-- With its asset an attachment goes from the trash alone, where it doesn't count any more.
CREATE FUNCTION count_attachment() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE workspaces SET storage_bytes = storage_bytes + NEW.size_bytes WHERE id = NEW.workspace_id
            AND EXISTS (SELECT 1 FROM assets a WHERE a.id = NEW.asset_id AND a.deleted_at_ms IS NULL);
    ELSE
        UPDATE workspaces SET storage_bytes = storage_bytes - OLD.size_bytes WHERE id = OLD.workspace_id
            AND EXISTS (SELECT 1 FROM assets a WHERE a.id = OLD.asset_id AND a.deleted_at_ms IS NULL);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER attachments_counted AFTER INSERT OR DELETE ON attachments
    FOR EACH ROW EXECUTE FUNCTION count_attachment();
