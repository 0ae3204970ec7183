-- Content is read again from time to time, and what is wrong with it is kept. Step 31 of the SQLite schema.

-- When its bytes were last seen to be right: at first when they were published.
ALTER TABLE blobs ADD COLUMN checked_at_ms INTEGER NOT NULL DEFAULT 0;
-- 'lost': there are none. 'torn': too few or too many. 'damaged': others. None while nothing is known to be wrong.
ALTER TABLE blobs ADD COLUMN fault TEXT CHECK (fault IN ('lost', 'torn', 'damaged'));
UPDATE blobs SET checked_at_ms = created_at_ms;
CREATE INDEX blobs_by_check ON blobs (checked_at_ms);
CREATE INDEX blobs_by_fault ON blobs (fault) WHERE fault IS NOT NULL;
