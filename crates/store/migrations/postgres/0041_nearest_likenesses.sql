-- Pictures that look alike are found by how many bits of their structures differ. Step 41 of the PostgreSQL schema.

-- Whose the sketch is, and the mean of its colours; none where a program from before this wrote it, until the file is looked at again.
ALTER TABLE preview_likenesses ADD COLUMN account_id UUID REFERENCES accounts (id);
ALTER TABLE preview_likenesses ADD COLUMN grey BIGINT CHECK (grey BETWEEN 0 AND 255);

UPDATE preview_likenesses l
SET account_id = p.account_id,
    grey = (SELECT SUM(GET_BYTE(l.colors, place)) FROM GENERATE_SERIES(0, 47) AS place) / 48
FROM previews p WHERE p.id = l.preview_id;

-- All that is looked at of each: the table's own rows are read of those that are near alone.
CREATE INDEX preview_likenesses_of_account ON preview_likenesses (account_id, structure, grey, preview_id);
-- Nothing asks for preview_bands any more; it stays for programs from before this.
