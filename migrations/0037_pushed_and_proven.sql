-- What may be presented once only, under the hash of who presented what: assertions, proofs.
CREATE TABLE seen_once (
    hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX seen_once_by_expiry ON seen_once (expires_at);

-- Authorization requests that applications pushed (RFC 9126), under the hash of their request_uri.
CREATE TABLE pushed_requests (
    hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    parameters TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pushed_requests_by_client ON pushed_requests (client_id);
CREATE INDEX pushed_requests_by_expiry ON pushed_requests (expires_at);
