-- Searches that look at less. Step 30 of the PostgreSQL schema.

-- 1 for a live asset, 0 for one in the trash; of anything else always 1. Searches need not look at the asset then.
ALTER TABLE search_entries ADD COLUMN is_live BIGINT NOT NULL DEFAULT 1 CHECK (is_live IN (0, 1));
UPDATE search_entries SET is_live = 0
    WHERE asset_id IN (SELECT id FROM assets WHERE deleted_at_ms IS NOT NULL);
CREATE FUNCTION mark_live_or_not() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE search_entries SET is_live = CASE WHEN NEW.deleted_at_ms IS NULL THEN 1 ELSE 0 END
        WHERE asset_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER assets_live_or_not AFTER UPDATE OF deleted_at_ms ON assets FOR EACH ROW
    WHEN ((OLD.deleted_at_ms IS NULL) <> (NEW.deleted_at_ms IS NULL))
    EXECUTE FUNCTION mark_live_or_not();
