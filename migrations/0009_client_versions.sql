-- Counts changes of an application, so that two admins cannot overwrite each other.
ALTER TABLE clients ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
