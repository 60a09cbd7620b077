-- Counts changes of the signing keys: whoever changes them does so on what they saw, or not at all.
CREATE TABLE key_changes (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO key_changes (id, version) VALUES (1, 0);
