-- The schema of the extension.  It is created here, not named in the control
-- file, so that an existing schema "dp" is an error instead of being adopted.

CREATE SCHEMA dp;
COMMENT ON SCHEMA dp IS 'datapower: data preparation and convolutional networks in SQL';
GRANT USAGE ON SCHEMA dp TO PUBLIC;
