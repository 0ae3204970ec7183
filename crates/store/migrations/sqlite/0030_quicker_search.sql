-- Searches that look at less. Step 30 of the SQLite schema.

-- 1 for a live asset, 0 for one in the trash; of anything else always 1. Searches need not look at the asset then.
ALTER TABLE search_entries ADD COLUMN is_live INTEGER NOT NULL DEFAULT 1 CHECK (is_live IN (0, 1));
UPDATE search_entries SET is_live = 0
    WHERE asset_id IN (SELECT id FROM assets WHERE deleted_at_ms IS NOT NULL);
CREATE TRIGGER assets_live_or_not AFTER UPDATE OF deleted_at_ms ON assets
    WHEN (old.deleted_at_ms IS NULL) <> (new.deleted_at_ms IS NULL)
BEGIN
    UPDATE search_entries SET is_live = new.deleted_at_ms IS NULL WHERE asset_id = new.id;
END;

-- Pieces of the index are merged two by two, so that a search has few to ask.
INSERT INTO search_grams (search_grams, rank) VALUES ('usermerge', 2);
