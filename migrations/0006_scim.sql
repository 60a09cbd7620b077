-- What HR systems look people up by: the profile's fields in the form in which they are compared.
ALTER TABLE users ADD COLUMN alternate_email_key TEXT;
ALTER TABLE users ADD COLUMN given_name_key TEXT;
ALTER TABLE users ADD COLUMN surname_key TEXT;
ALTER TABLE users ADD COLUMN job_title_key TEXT;
ALTER TABLE users ADD COLUMN department_key TEXT;
ALTER TABLE users ADD COLUMN employee_id_key TEXT;
-- Whether these were filled: those of people who were there before are filled at the next start.
ALTER TABLE users ADD COLUMN keyed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX users_unkeyed ON users (id) WHERE keyed = 0;
CREATE INDEX users_by_alternate_email ON users (alternate_email_key);
CREATE INDEX users_by_given_name ON users (given_name_key, id);
CREATE INDEX users_by_surname ON users (surname_key, id);
CREATE INDEX users_by_job_title ON users (job_title_key, id);
CREATE INDEX users_by_department ON users (department_key, id);
CREATE INDEX users_by_employee_id ON users (employee_id_key, id);
-- What changed since one last looked.
CREATE INDEX users_by_created_at ON users (created_at, id);
CREATE INDEX users_by_updated_at ON users (updated_at, id);
CREATE INDEX groups_by_updated_at ON groups (updated_at, id);
