-- Logos, as they are served: the name is their hash and their kind. One that the Branding policy
-- does not name goes away.
CREATE TABLE branding_images (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX branding_images_expires ON branding_images (expires_at);
