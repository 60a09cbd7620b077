-- How often somebody skipped what the policy suggests, and when last.
ALTER TABLE users ADD COLUMN skips BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN skipped_at BIGINT;

-- Who issued a pass, and whether a second admin must approve it: none, pending, approved.
ALTER TABLE passes ADD COLUMN issued_by TEXT;
ALTER TABLE passes ADD COLUMN approval TEXT NOT NULL DEFAULT 'none';
ALTER TABLE passes ADD COLUMN approved_by TEXT;
