-- Initial access tokens (RFC 7591 section 3), under the hash of their value.
CREATE TABLE registration_tokens (
    hash TEXT PRIMARY KEY,
    uses_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX registration_tokens_by_expiry ON registration_tokens (expires_at);

-- Applications that registered themselves, and the hash of the token by which each manages its own
-- registration (RFC 7592).
CREATE TABLE client_registrations (
    client_id TEXT PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL
);
