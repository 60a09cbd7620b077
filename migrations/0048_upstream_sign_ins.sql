-- Sign-ins by an upstream are sign-ins, too: the indexes of 0007, with them.
DROP INDEX audit_events_sign_ins;
DROP INDEX audit_events_changes;
DROP INDEX audit_events_refused_sign_ins;
DROP INDEX audit_events_refused_changes;
CREATE INDEX audit_events_sign_ins ON audit_events (at, id)
    WHERE (activity || '') IN ('passSignIn', 'keySignIn', 'upstreamSignIn');
CREATE INDEX audit_events_changes ON audit_events (at, id)
    WHERE (activity || '') NOT IN ('passSignIn', 'keySignIn', 'upstreamSignIn');
CREATE INDEX audit_events_refused_sign_ins ON audit_events (at, id)
    WHERE (activity || '') IN ('passSignIn', 'keySignIn', 'upstreamSignIn') AND success = 0;
CREATE INDEX audit_events_refused_changes ON audit_events (at, id)
    WHERE (activity || '') NOT IN ('passSignIn', 'keySignIn', 'upstreamSignIn') AND success = 0;
