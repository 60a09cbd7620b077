-- What the maker of a key vouched for when it was registered, as JSON; NULL: nothing.
ALTER TABLE credentials ADD COLUMN attestation TEXT;

-- Makers' certificates that attestations may lead to, beside those that come with the program. One
-- certificate may come from the operator and from the metadata, each with its own limits.
CREATE TABLE attestation_roots (
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    certificate TEXT NOT NULL,
    formats TEXT NOT NULL,
    models TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (id, source)
);

-- Certificates that are not trusted here, whatever they come from.
CREATE TABLE attestation_distrusted (
    id TEXT PRIMARY KEY,
    added_at BIGINT NOT NULL
);

-- The FIDO Metadata Service's file that was imported last; there is one row at most.
CREATE TABLE attestation_metadata (
    id TEXT PRIMARY KEY,
    serial BIGINT NOT NULL,
    next_update TEXT NOT NULL,
    compromised TEXT NOT NULL,
    imported_at BIGINT NOT NULL
);
