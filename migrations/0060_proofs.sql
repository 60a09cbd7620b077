-- What was proved in a session, with which method and when: changing methods takes a strong proof
-- that is young. Sessions from before have none and are asked for one.
ALTER TABLE sessions ADD COLUMN proofs TEXT NOT NULL DEFAULT '[]';
