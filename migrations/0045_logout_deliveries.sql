-- Applications that are still to be told that a session ended (OIDC Back-Channel Logout). What
-- such a line is about may be gone before it is, so it refers to the application alone.
CREATE TABLE logout_deliveries (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);
CREATE INDEX logout_deliveries_by_next ON logout_deliveries (next_at);
CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client_id);
