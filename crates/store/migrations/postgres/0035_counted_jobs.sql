-- Many jobs are looked at and counted without a look at each. Step 35 of the PostgreSQL schema.

-- Not only of those that are not given up: SQLite would look at each row to see that it is none.
CREATE INDEX jobs_by_state ON jobs (kind, dead_at_ms, due_at_ms);
CREATE INDEX jobs_held ON jobs (kind, due_at_ms) WHERE lease_holder IS NOT NULL;
DROP INDEX jobs_due;
