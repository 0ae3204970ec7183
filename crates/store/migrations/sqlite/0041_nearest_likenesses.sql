-- Pictures that look alike are found by how many bits of their structures differ. Step 41 of the SQLite schema.

-- Whose the sketch is, and the mean of its colours; none where a program from before this wrote it, until the file is looked at again.
ALTER TABLE preview_likenesses ADD COLUMN account_id BLOB REFERENCES accounts (id);
ALTER TABLE preview_likenesses ADD COLUMN grey INTEGER CHECK (grey BETWEEN 0 AND 255);

WITH RECURSIVE digits (place) AS (VALUES (1) UNION ALL SELECT place + 1 FROM digits WHERE place < 96)
UPDATE preview_likenesses
SET account_id = (SELECT p.account_id FROM previews p WHERE p.id = preview_id),
    grey = (SELECT SUM((INSTR('0123456789ABCDEF', SUBSTR(HEX(colors), place, 1)) - 1) * CASE place % 2 WHEN 1 THEN 16 ELSE 1 END)
        FROM digits) / 48;

-- All that is looked at of each: the table's own rows are read of those that are near alone.
CREATE INDEX preview_likenesses_of_account ON preview_likenesses (account_id, structure, grey, preview_id);
-- Nothing asks for preview_bands any more; it stays for programs from before this.
