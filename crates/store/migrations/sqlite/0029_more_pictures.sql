-- Pictures of versions and of libraries. Step 29 of the SQLite schema.

ALTER TABLE versions ADD COLUMN thumbnail_file_id BLOB;
ALTER TABLE libraries ADD COLUMN thumbnail_file_id BLOB;
