-- What a call, or a run of several, has changed, the newest first; and the rows of imports that mean
-- a resource of another name.
CREATE INDEX changes_by_request ON changes (request_id, actor, revision);
CREATE INDEX import_rows_by_target ON import_rows (target);
