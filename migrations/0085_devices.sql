-- What a device said about itself when it asked to be set up: the key that it holds (RFC 9449, a JWK
-- SHA-256 thumbprint), and a name and a platform, which nobody has checked. And the session in which
-- a person allowed it.
ALTER TABLE device_codes ADD COLUMN dpop_jkt TEXT;
ALTER TABLE device_codes ADD COLUMN device_name TEXT;
ALTER TABLE device_codes ADD COLUMN device_platform TEXT;
ALTER TABLE device_codes ADD COLUMN allowed_in TEXT;

-- Devices that people have set up. Each has a grant and a session of its own, and is signed in while
-- both stand. A key is one device's: the unique thumbprint is the rule.
CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    grant_id TEXT NOT NULL UNIQUE REFERENCES grants (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- The session of the browser in which it was allowed; none where that is not known.
    allowed_in TEXT,
    thumbprint TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    platform TEXT,
    address TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX devices_by_user ON devices (user_id);
CREATE INDEX devices_by_client ON devices (client_id);
CREATE INDEX devices_by_session ON devices (session_id);
