-- Device authorizations (RFC 8628), under the hash of the device code. The user code names one while
-- it waits for somebody, and opens nothing by itself.
CREATE TABLE device_codes (
    hash TEXT PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    resources TEXT NOT NULL,
    address TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Seconds that the device must leave between two polls, and when it polled last.
    poll_interval BIGINT NOT NULL,
    polled_at BIGINT,
    -- pending, approved, denied.
    state TEXT NOT NULL,
    -- What was approved, and in which journey.
    grant_id TEXT,
    journey_id TEXT,
    redeemed_at BIGINT
);
CREATE INDEX device_codes_by_client ON device_codes (client_id);
CREATE INDEX device_codes_by_expiry ON device_codes (expires_at);
