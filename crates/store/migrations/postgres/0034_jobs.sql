-- Work that servers do beside their requests, each piece by one process at a time. Step 34 of the PostgreSQL schema.

CREATE TABLE jobs (
    id UUID NOT NULL PRIMARY KEY,
    -- What is to be done; the program knows how.
    kind TEXT NOT NULL,
    -- What it is to be done to: there is one job for each kind and subject until it is done.
    subject TEXT NOT NULL,
    -- Whose it is; its jobs go with an account.
    account_id UUID REFERENCES accounts (id) ON DELETE CASCADE,
    -- What else the work needs to know, in JSON.
    payload TEXT NOT NULL,
    -- The smaller, the sooner.
    priority BIGINT NOT NULL,
    -- When it is done; while a process holds it: when that is taken to have failed. By the database's clock.
    due_at_ms BIGINT NOT NULL,
    -- How often it was taken since it was last done.
    attempts BIGINT NOT NULL,
    -- How often of these the process that held it was not heard of again in time.
    lapses BIGINT NOT NULL,
    -- The process that does it.
    lease_holder UUID,
    -- Grows each time it is taken: whoever had it before can't end it any more.
    fence BIGINT NOT NULL,
    -- It was asked for again while it was being done.
    is_wanted_again BIGINT NOT NULL CHECK (is_wanted_again IN (0, 1)),
    -- Why it was no success the last time.
    last_error TEXT,
    created_at_ms BIGINT NOT NULL,
    -- When it was given up.
    dead_at_ms BIGINT,
    UNIQUE (kind, subject)
);
CREATE INDEX jobs_due ON jobs (kind, due_at_ms) WHERE dead_at_ms IS NULL;
CREATE INDEX jobs_by_priority ON jobs (kind, priority, due_at_ms) WHERE dead_at_ms IS NULL;
CREATE INDEX jobs_of_account ON jobs (account_id) WHERE account_id IS NOT NULL;

-- Those that were given up are shown with jobs that were.
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (finished_at_ms) WHERE state = 'failed';
