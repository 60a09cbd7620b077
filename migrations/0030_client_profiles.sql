-- Whether PKCE is required became part of a profile. Settings are compact JSON, where quotation
-- marks inside a text are escaped, so that these strings stand for nothing but the setting.
UPDATE clients SET settings = replace(settings, '"require_pkce":true', '"profile":"default"');
UPDATE clients SET settings = replace(settings, '"require_pkce":false', '"profile":"legacy"');
