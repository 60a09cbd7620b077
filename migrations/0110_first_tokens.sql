-- When an application was first given tokens of a person: where their onboarding ended. Whoever has
-- registered something before this was looked at counts as onboarded then.
ALTER TABLE users ADD COLUMN first_tokens_at BIGINT;
UPDATE users SET first_tokens_at = created_at WHERE method_count > 0;
