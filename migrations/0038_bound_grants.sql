-- What more a grant remembers: the key that its tokens are bound to (RFC 9449, a JWK SHA-256
-- thumbprint), the resources that its access tokens are for (RFC 8707), and the claims that were
-- asked for one by one (OIDC Core section 5.5).
ALTER TABLE grants ADD COLUMN dpop_jkt TEXT;
ALTER TABLE grants ADD COLUMN resources TEXT NOT NULL DEFAULT '[]';
ALTER TABLE grants ADD COLUMN claims TEXT NOT NULL DEFAULT '{}';
