-- When somebody last did something in a session, from where, and when it ends if nothing more is
-- done in it.
ALTER TABLE sessions ADD COLUMN last_active_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN idle_until BIGINT;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT;
UPDATE sessions SET last_active_at = created_at;

-- From where a method was last used.
ALTER TABLE credentials ADD COLUMN used_address TEXT;
ALTER TABLE credentials ADD COLUMN used_agent TEXT;
