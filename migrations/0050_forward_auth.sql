-- The origin of an application that stands behind a proxy which asks us (forward auth).
ALTER TABLE clients ADD COLUMN forward_origin TEXT;
CREATE UNIQUE INDEX clients_by_forward_origin ON clients (forward_origin);

-- Sign-ins under way for such applications, under the hash of their `state`.
CREATE TABLE forward_sign_ins (
    hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    browser TEXT NOT NULL,
    verifier TEXT NOT NULL,
    return_to TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX forward_sign_ins_by_client ON forward_sign_ins (client_id);
CREATE INDEX forward_sign_ins_by_expiry ON forward_sign_ins (expires_at);

-- What browsers hold for such an application, under the hash of the value.
CREATE TABLE forward_sessions (
    hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX forward_sessions_by_client ON forward_sessions (client_id);
CREATE INDEX forward_sessions_by_grant ON forward_sessions (grant_id);
CREATE INDEX forward_sessions_by_expiry ON forward_sessions (expires_at);
