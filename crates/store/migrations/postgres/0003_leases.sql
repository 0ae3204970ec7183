-- Until when each process may decide on rights, by the database's clock. Step 3 of the PostgreSQL schema.
ALTER TABLE server_processes ADD COLUMN lease_until_ms BIGINT NOT NULL DEFAULT 0;
