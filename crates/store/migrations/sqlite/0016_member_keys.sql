-- Keys are found by the service users that they act as. Step 16 of the SQLite schema.

CREATE INDEX api_keys_of_user ON api_keys (user_id);
