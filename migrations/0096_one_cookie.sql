-- The browser that a record is of, as the hash of its key: each has one record, so that two
-- sign-ins at once cannot leave it two cookies.
ALTER TABLE browser_sessions ADD COLUMN browser TEXT;
CREATE UNIQUE INDEX browser_sessions_by_browser ON browser_sessions (browser);
