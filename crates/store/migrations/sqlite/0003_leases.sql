-- Until when each process may decide on rights. Step 3 of the SQLite schema, where the lock on the data folder does
-- this work and the column stays 0; it is here so that the two schemas are one.
ALTER TABLE server_processes ADD COLUMN lease_until_ms INTEGER NOT NULL DEFAULT 0;
