-- The key by which push services know us again (RFC 8292), sealed. Browsers bind their
-- subscription to it, so there is one for good.
CREATE TABLE push_keys (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Where phones want to be woken when somebody signs in with them: sealed, since whoever knows the
-- address can wake them.
CREATE TABLE push_subscriptions (
    method_id TEXT PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
