-- A pushed request may be opened for a short time, and is kept until it was answered or the sign-ins
-- that it began are over.
ALTER TABLE pushed_requests ADD COLUMN opens_until BIGINT NOT NULL DEFAULT 0;
