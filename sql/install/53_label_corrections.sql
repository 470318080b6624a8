-- Labels corrected with care: proposed, reviewed, applied, reverted, and who did it when.
--
-- Whoever may read the labels of a table sees the proposals about it, and whoever
-- may change them reviews; nobody is let in by a SECURITY DEFINER function.  INSERT
-- (to propose) and UPDATE (to review, apply and revert) are for the administrator
-- to grant.  The trigger keeps the history: whoever updates, it says who and when.

CREATE FUNCTION dp.label_access(source regclass, key_column text, label_column text, privilege text) RETURNS boolean
AS 'MODULE_PATHNAME', 'dp_label_access'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION dp.label_access(regclass, text, text, text) IS 'whether you may SELECT, or also UPDATE, the labels of a table, all rows of it';

CREATE TABLE dp.label_proposals (
	correction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source regclass NOT NULL,
	source_name text NOT NULL,
	key_column text NOT NULL,
	label_column text NOT NULL,
	key text NOT NULL CHECK (octet_length(key) <= 1000),
	label text CHECK (octet_length(label) <= 500),
	suggested text CHECK (octet_length(suggested) <= 500),
	quality double precision,
	note text,
	status text NOT NULL DEFAULT 'proposed' CHECK (status IN ('proposed', 'accepted', 'rejected', 'applied', 'stale', 'reverted')),
	review_note text,
	proposed_by text NOT NULL DEFAULT CASE WHEN current_user = session_user THEN current_user::text ELSE current_user::text || '/' || session_user::text END,
	proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	history jsonb NOT NULL DEFAULT '[]'
);
-- The same proposal is not made twice
CREATE UNIQUE INDEX label_proposals_open_idx ON dp.label_proposals (source, label_column, key, label, suggested) NULLS NOT DISTINCT
	WHERE status IN ('proposed', 'accepted', 'rejected');
CREATE INDEX label_proposals_key_idx ON dp.label_proposals (source, label_column, key);
CREATE INDEX label_proposals_status_idx ON dp.label_proposals (source, status, correction_id);
COMMENT ON TABLE dp.label_proposals IS 'corrections of labels, a row each, and what became of them; read it as dp.label_corrections';
COMMENT ON COLUMN dp.label_proposals.correction_id IS 'number of the correction';
COMMENT ON COLUMN dp.label_proposals.source IS 'table whose label it is';
COMMENT ON COLUMN dp.label_proposals.source_name IS 'name of the table when the correction was proposed';
COMMENT ON COLUMN dp.label_proposals.key_column IS 'column that tells its rows apart';
COMMENT ON COLUMN dp.label_proposals.label_column IS 'column of the label';
COMMENT ON COLUMN dp.label_proposals.key IS 'key of the row, as text';
COMMENT ON COLUMN dp.label_proposals.label IS 'label before';
COMMENT ON COLUMN dp.label_proposals.suggested IS 'label proposed';
COMMENT ON COLUMN dp.label_proposals.quality IS 'how probably the label before is right, where the proposal says so';
COMMENT ON COLUMN dp.label_proposals.note IS 'note of the proposal';
COMMENT ON COLUMN dp.label_proposals.status IS 'proposed, accepted, rejected, applied, stale or reverted';
COMMENT ON COLUMN dp.label_proposals.review_note IS 'note of the last review';
COMMENT ON COLUMN dp.label_proposals.proposed_by IS 'role that proposed it, and after a slash the login where it is another';
COMMENT ON COLUMN dp.label_proposals.proposed_at IS 'when it was proposed';
COMMENT ON COLUMN dp.label_proposals.history IS 'what happened since: a list of {"status", "by", "at", "note"}';

CREATE FUNCTION dp.label_proposal_changes() RETURNS trigger
AS 'MODULE_PATHNAME', 'dp_label_proposal_changes'
LANGUAGE C;
COMMENT ON FUNCTION dp.label_proposal_changes() IS 'trigger of dp.label_proposals: only the status and the note of a review change, as may be, and the history says by whom';
CREATE TRIGGER history BEFORE UPDATE ON dp.label_proposals FOR EACH ROW EXECUTE FUNCTION dp.label_proposal_changes();

ALTER TABLE dp.label_proposals ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_select ON dp.label_proposals FOR SELECT USING (dp.label_access(source, key_column, label_column, 'SELECT'));
CREATE POLICY reader_insert ON dp.label_proposals FOR INSERT WITH CHECK (
	dp.label_access(source, key_column, label_column, 'SELECT')
	AND status = 'proposed' AND review_note IS NULL AND history = '[]'
	AND proposed_by = CASE WHEN current_user = session_user THEN current_user::text ELSE current_user::text || '/' || session_user::text END
	AND proposed_at BETWEEN now() AND clock_timestamp());
CREATE POLICY writer_update ON dp.label_proposals FOR UPDATE USING (dp.label_access(source, key_column, label_column, 'UPDATE'));
GRANT SELECT ON dp.label_proposals TO PUBLIC;

-- A table that is no more has no name: the number it had may be another's after a restore
SELECT pg_catalog.pg_extension_config_dump('dp.label_proposals', 'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) source::pg_catalog.oid)');
SELECT pg_catalog.pg_extension_config_dump('dp.label_proposals_correction_id_seq', '');

CREATE VIEW dp.label_corrections WITH (security_invoker = true) AS
	SELECT p.correction_id, coalesce(quote_ident(n.nspname) || '.' || quote_ident(c.relname), p.source_name) AS source,
		p.key_column, p.label_column, p.key, p.label, p.suggested, p.quality, p.note, p.status, p.proposed_by, p.proposed_at,
		e.reviewed ->> 'by' AS reviewed_by, (e.reviewed ->> 'at')::timestamptz AS reviewed_at, p.review_note,
		e.applied ->> 'by' AS applied_by, (e.applied ->> 'at')::timestamptz AS applied_at,
		e.reverted ->> 'by' AS reverted_by, (e.reverted ->> 'at')::timestamptz AS reverted_at, p.history
	FROM dp.label_proposals p
	LEFT JOIN pg_class c ON c.oid = p.source
	LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL (SELECT jsonb_path_query_array(p.history, '$[*] ? (@.status == "accepted" || @.status == "rejected")') -> -1 AS reviewed,
		jsonb_path_query_array(p.history, '$[*] ? (@.status == "applied")') -> -1 AS applied,
		jsonb_path_query_array(p.history, '$[*] ? (@.status == "reverted")') -> -1 AS reverted) e;
COMMENT ON VIEW dp.label_corrections IS 'corrections of the labels you may read: the queue (status proposed) and the history';
COMMENT ON COLUMN dp.label_corrections.correction_id IS 'number of the correction';
COMMENT ON COLUMN dp.label_corrections.source IS 'table whose label it is';
COMMENT ON COLUMN dp.label_corrections.key_column IS 'column that tells its rows apart';
COMMENT ON COLUMN dp.label_corrections.label_column IS 'column of the label';
COMMENT ON COLUMN dp.label_corrections.key IS 'key of the row, as text';
COMMENT ON COLUMN dp.label_corrections.label IS 'label before';
COMMENT ON COLUMN dp.label_corrections.suggested IS 'label proposed';
COMMENT ON COLUMN dp.label_corrections.quality IS 'how probably the label before is right, from 0 to 1, where the proposal says so';
COMMENT ON COLUMN dp.label_corrections.note IS 'note of the proposal';
COMMENT ON COLUMN dp.label_corrections.status IS 'proposed (waits for a review), accepted (waits to be applied), rejected, applied, stale (the label was no longer that before) or reverted';
COMMENT ON COLUMN dp.label_corrections.proposed_by IS 'role that proposed it, and after a slash the login where it is another';
COMMENT ON COLUMN dp.label_corrections.proposed_at IS 'when it was proposed';
COMMENT ON COLUMN dp.label_corrections.reviewed_by IS 'who accepted or rejected it last';
COMMENT ON COLUMN dp.label_corrections.reviewed_at IS 'and when';
COMMENT ON COLUMN dp.label_corrections.review_note IS 'and with which note';
COMMENT ON COLUMN dp.label_corrections.applied_by IS 'who changed the label last';
COMMENT ON COLUMN dp.label_corrections.applied_at IS 'and when';
COMMENT ON COLUMN dp.label_corrections.reverted_by IS 'who gave the row its label back last';
COMMENT ON COLUMN dp.label_corrections.reverted_at IS 'and when';
COMMENT ON COLUMN dp.label_corrections.history IS 'all that happened since the proposal: a list of {"status", "by", "at", "note"}';
GRANT SELECT ON dp.label_corrections TO PUBLIC;

CREATE FUNCTION dp.propose_labels(source regclass, key text, label text, proposals text,
	OUT proposed bigint, OUT known bigint, OUT unchanged bigint, OUT stale bigint, OUT missing bigint)
AS 'MODULE_PATHNAME', 'dp_propose_labels'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION dp.propose_labels(regclass, text, text, text) IS 'put corrections of a table''s labels up for review: a query with columns key and suggested, as dp.label_issues gives them';
CREATE FUNCTION dp.review_label(correction_id bigint, verdict text, note text DEFAULT NULL) RETURNS text
AS 'MODULE_PATHNAME', 'dp_review_label'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION dp.review_label(bigint, text, text) IS 'accept or reject a correction; returns its status';
CREATE FUNCTION dp.apply_labels(source regclass, corrections bigint[] DEFAULT NULL, OUT applied bigint, OUT stale bigint)
AS 'MODULE_PATHNAME', 'dp_apply_labels'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION dp.apply_labels(regclass, bigint[]) IS 'change the labels of a table as its accepted corrections say, where they are still what they were';
CREATE FUNCTION dp.revert_labels(source regclass, corrections bigint[] DEFAULT NULL, OUT reverted bigint, OUT stale bigint)
AS 'MODULE_PATHNAME', 'dp_revert_labels'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION dp.revert_labels(regclass, bigint[]) IS 'give rows the labels back that applied corrections have changed, where they are still what was written';
