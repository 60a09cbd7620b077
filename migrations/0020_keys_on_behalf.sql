-- A registration that an admin began on somebody's behalf: its challenge is good for one answer.
CREATE TABLE on_behalf (
    challenge TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX on_behalf_by_user ON on_behalf (user_id);
CREATE INDEX on_behalf_by_expiry ON on_behalf (expires_at);
