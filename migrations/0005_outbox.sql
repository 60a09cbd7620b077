-- Mail that waits to be sent, sealed: it may hold a pass. A row is gone once its mail is.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_next ON outbox (next_at);
