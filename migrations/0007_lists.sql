-- Lists that stay fast, however many there are. The audit log is read from its newest line, so every
-- index of it ends with the time and the id: the order comes out of the index, and nothing is sorted.

DROP INDEX audit_events_by_activity;
DROP INDEX audit_events_by_actor;
DROP INDEX audit_events_by_subject;
CREATE INDEX audit_events_by_activity ON audit_events (activity, at, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor, at, id);
CREATE INDEX audit_events_by_subject ON audit_events (subject, at, id);
CREATE INDEX audit_events_by_client ON audit_events (client, at, id);
-- Sign-ins are many and changes are few, and each is asked for without the other. The empty text is
-- part of the condition, so that nobody looks for the activities one after the other instead.
CREATE INDEX audit_events_sign_ins ON audit_events (at, id)
    WHERE (activity || '') IN ('passSignIn', 'keySignIn');
CREATE INDEX audit_events_changes ON audit_events (at, id)
    WHERE (activity || '') NOT IN ('passSignIn', 'keySignIn');
-- What was refused is looked for among much that was not.
CREATE INDEX audit_events_refused ON audit_events (at, id) WHERE success = 0;
CREATE INDEX audit_events_refused_by_activity ON audit_events (activity, at, id) WHERE success = 0;
CREATE INDEX audit_events_refused_sign_ins ON audit_events (at, id)
    WHERE (activity || '') IN ('passSignIn', 'keySignIn') AND success = 0;
CREATE INDEX audit_events_refused_changes ON audit_events (at, id)
    WHERE (activity || '') NOT IN ('passSignIn', 'keySignIn') AND success = 0;

-- People in the order of their usernames, narrowed down by where they stand.
-- The order has all that a filter looks at, so that a walk through everybody stays in it.
CREATE INDEX users_in_order
    ON users (username_key, display_name_key, email_key, enabled, method_count);
CREATE INDEX users_by_enabled ON users (enabled, username_key);
CREATE INDEX users_waiting ON users (method_count, enabled, username_key);
CREATE INDEX users_registered ON users (username_key) WHERE method_count > 0;

-- Open passes, the one that ends first at the head.
DROP INDEX passes_by_end;
CREATE INDEX passes_by_end ON passes (ends_at, id);

-- A group of thousands is read in the order of usernames.
ALTER TABLE group_members ADD COLUMN username_key TEXT NOT NULL DEFAULT '';
UPDATE group_members
    SET username_key = (SELECT u.username_key FROM users u WHERE u.id = group_members.user_id);
CREATE INDEX group_members_in_order ON group_members (group_id, username_key);
