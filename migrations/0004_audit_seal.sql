-- The head of the audit log's chain: how many lines are sealed, and the hash of the last one.
CREATE TABLE audit_seal (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_seal (id, seq, hash) VALUES (1, 0, '');
