-- An entry of a B-tree has at most some 2,700 bytes; a path may have 4,096, and 36 more in the trash. So paths are unique by
-- their digest, and found by a tree of their pieces, which takes any length and knows ranges.
-- `replace` and the cast give the text's own bytes: the cast alone would take backslashes for escapes.
ALTER TABLE folders DROP CONSTRAINT folders_workspace_id_path_key_key;
CREATE UNIQUE INDEX folders_workspace_id_path_key_key
    ON folders (workspace_id, sha256(replace(path_key, E'\\', E'\\\\')::bytea));
CREATE INDEX folders_by_path_key ON folders USING spgist (path_key);
