-- The schema of the extension.  It is created here, not named in the control
-- file, so that an existing schema "dp" is an error instead of being adopted.

-- Nothing in the scripts is to be found in a schema that somebody else can write
-- to: an operator there with better matching types would become part of our
-- policies and views.
SET LOCAL search_path = pg_catalog, pg_temp;

CREATE SCHEMA dp;
COMMENT ON SCHEMA dp IS 'datapower: data preparation and convolutional networks in SQL';
GRANT USAGE ON SCHEMA dp TO PUBLIC;
