-- Pictures of versions and of libraries. Step 29 of the PostgreSQL schema.

ALTER TABLE versions ADD COLUMN thumbnail_file_id UUID;
ALTER TABLE libraries ADD COLUMN thumbnail_file_id UUID;
