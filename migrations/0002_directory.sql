-- What a directory knows of people and groups, so that an HR system can keep it; groups in groups;
-- and the seals of the audit log.

ALTER TABLE users ADD COLUMN display_name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email_key TEXT;
-- The name by which the system that provisions a person knows them (RFC 7643 §3.1).
ALTER TABLE users ADD COLUMN external_id TEXT;
ALTER TABLE users ADD COLUMN manager_id TEXT REFERENCES users (id) ON DELETE SET NULL;
-- What is only shown and handed on, as one document.
ALTER TABLE users ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';
-- How many methods they have registered: whether they have finished onboarding is asked often.
ALTER TABLE users ADD COLUMN method_count BIGINT NOT NULL DEFAULT 0;
-- Counts changes: the ETag.
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE users SET display_name_key = lower(display_name), email_key = lower(email),
    updated_at = created_at,
    method_count = (SELECT COUNT(*) FROM credentials c WHERE c.user_id = users.id);
CREATE INDEX users_by_display_name ON users (display_name_key, id);
CREATE INDEX users_by_email ON users (email_key);
CREATE INDEX users_by_external_id ON users (external_id);
CREATE INDEX users_by_manager ON users (manager_id);
CREATE INDEX users_by_method_count ON users (method_count, username_key);

ALTER TABLE groups ADD COLUMN description TEXT;
ALTER TABLE groups ADD COLUMN external_id TEXT;
ALTER TABLE groups ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE groups ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE groups SET updated_at = created_at;
CREATE INDEX groups_by_external_id ON groups (external_id);

-- A group in a group: whoever is in the child is in the parent, too.
CREATE TABLE group_groups (
    parent_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    child_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (parent_id, child_id)
);
CREATE INDEX group_groups_by_child ON group_groups (child_id);

-- Lines are sealed in batches after they were written: a number, and a hash over the line and the
-- hash before it.
ALTER TABLE audit_events ADD COLUMN seq BIGINT;
ALTER TABLE audit_events ADD COLUMN hash TEXT;
CREATE UNIQUE INDEX audit_events_by_seq ON audit_events (seq);
CREATE INDEX audit_events_unsealed ON audit_events (at, id) WHERE seq IS NULL;
CREATE INDEX audit_events_by_activity ON audit_events (activity, at);
CREATE INDEX audit_events_by_actor ON audit_events (actor, at);
