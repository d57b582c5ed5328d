-- The time lines that this database has been on, the current one (revision_counter has it) among
-- them: the last revision that each took over, and why it began.
CREATE TABLE time_lines (
  $int(history_id),
  $int(begin_revision),
  $int(begin_time),
  $text(reason, 400),
  PRIMARY KEY (history_id)
) $options;

-- An answer is given again only on the time line on which it was given first.
ALTER TABLE requests ADD COLUMN $int(history_id);
UPDATE requests SET history_id = (SELECT r.history_id FROM revision_counter r WHERE r.id = 1);
