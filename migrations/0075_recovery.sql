-- Recovery codes: one set for each person, each code good for one sign-in.
CREATE TABLE recovery_sets (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    failures BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES recovery_sets (user_id) ON DELETE CASCADE,
    used_at BIGINT
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- What a recovery code gave to the session that it opened.
ALTER TABLE sessions ADD COLUMN recovery_set TEXT;
ALTER TABLE sessions ADD COLUMN recovery_deadline BIGINT;

-- Since when a person must register anew: what they registered before is worth nothing.
ALTER TABLE users ADD COLUMN reregister_since BIGINT;

-- Sign-ins with a recovery code or a phone are sign-ins, too: the indexes of 0048, with them.
DROP INDEX audit_events_sign_ins;
DROP INDEX audit_events_changes;
DROP INDEX audit_events_refused_sign_ins;
DROP INDEX audit_events_refused_changes;
CREATE INDEX audit_events_sign_ins ON audit_events (at, id)
    WHERE (activity || '') IN ('passSignIn', 'keySignIn', 'phoneSignIn', 'upstreamSignIn', 'recoveryCodeSignIn');
CREATE INDEX audit_events_changes ON audit_events (at, id)
    WHERE (activity || '') NOT IN ('passSignIn', 'keySignIn', 'phoneSignIn', 'upstreamSignIn', 'recoveryCodeSignIn');
CREATE INDEX audit_events_refused_sign_ins ON audit_events (at, id)
    WHERE (activity || '') IN ('passSignIn', 'keySignIn', 'phoneSignIn', 'upstreamSignIn', 'recoveryCodeSignIn') AND success = 0;
CREATE INDEX audit_events_refused_changes ON audit_events (at, id)
    WHERE (activity || '') NOT IN ('passSignIn', 'keySignIn', 'phoneSignIn', 'upstreamSignIn', 'recoveryCodeSignIn') AND success = 0;
