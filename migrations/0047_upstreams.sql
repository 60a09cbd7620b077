-- Providers that say who somebody is. The settings are JSON; the secret is sealed under the master
-- secret.
CREATE TABLE upstreams (
    id TEXT PRIMARY KEY,
    settings TEXT NOT NULL,
    sealed_secret TEXT,
    enabled BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL
);

-- Whom an account of an upstream opens here. A person has one account of each at most, so that no
-- second one can claim them.
CREATE TABLE upstream_links (
    upstream_id TEXT NOT NULL REFERENCES upstreams (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (upstream_id, subject)
);
CREATE UNIQUE INDEX upstream_links_by_user ON upstream_links (user_id, upstream_id);

-- Who is away at an upstream, under the hash of the state that they come back with. The nonce and
-- the PKCE verifier are sealed.
CREATE TABLE upstream_requests (
    hash TEXT PRIMARY KEY,
    upstream_id TEXT NOT NULL REFERENCES upstreams (id) ON DELETE CASCADE,
    journey_id TEXT NOT NULL REFERENCES journeys (id) ON DELETE CASCADE,
    browser TEXT NOT NULL,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upstream_requests_by_expiry ON upstream_requests (expires_at);
CREATE INDEX upstream_requests_by_journey ON upstream_requests (journey_id);

-- The upstream that opened a session, and when a session ends that rests on it alone.
ALTER TABLE sessions ADD COLUMN upstream_id TEXT;
ALTER TABLE sessions ADD COLUMN upstream_deadline BIGINT;
CREATE INDEX sessions_by_upstream ON sessions (upstream_id);
