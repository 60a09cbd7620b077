-- Phones that approve sign-ins. The method itself, with the phone's public key, is in credentials.
CREATE TABLE phones (
    method_id TEXT PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    -- The WebAuthn credential by which the phone verifies its user. It signs nobody in.
    verifier TEXT,
    -- Until when its owner wants to be asked nothing.
    silenced_until BIGINT
);

-- A phone that is being paired: the code that the computer shows is good once, and kept sealed so
-- that the page can be loaded again.
CREATE TABLE phone_pairings (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    sealed TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    journey_id TEXT NOT NULL REFERENCES journeys (id) ON DELETE CASCADE,
    -- open, claimed, proved, paired, refused.
    state TEXT NOT NULL,
    -- Of the key of the phone that came first, and what it has to sign.
    thumbprint TEXT,
    challenge TEXT,
    ceremony TEXT,
    -- What it proved, and the number that it and the computer show.
    phone TEXT,
    number BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX phone_pairings_by_journey ON phone_pairings (journey_id);
CREATE INDEX phone_pairings_by_thumbprint ON phone_pairings (thumbprint);
CREATE INDEX phone_pairings_by_expiry ON phone_pairings (expires_at);

-- Sign-ins that wait for a phone. user_id says whom they reach: nobody, where nobody has such a
-- name, or no phone, or wants to be left alone; who asks sees no difference.
CREATE TABLE phone_requests (
    id TEXT PRIMARY KEY,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    journey_id TEXT NOT NULL REFERENCES journeys (id) ON DELETE CASCADE,
    browser TEXT NOT NULL,
    number BIGINT NOT NULL,
    app TEXT,
    address TEXT,
    agent TEXT,
    -- Whether this person has signed in in this browser before.
    known BIGINT NOT NULL,
    -- waiting, approved, denied, replaced.
    state TEXT NOT NULL,
    method_id TEXT,
    user_verified BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Until when it may be approved, and once it was, until when it may be redeemed.
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT
);
CREATE INDEX phone_requests_by_user ON phone_requests (user_id);
CREATE INDEX phone_requests_by_journey ON phone_requests (journey_id);
CREATE INDEX phone_requests_by_browser ON phone_requests (browser);
CREATE INDEX phone_requests_by_expiry ON phone_requests (expires_at);
