CREATE TABLE tasks (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(kind, 20),
  $text(title, 200),
  $text(note, 4000),
  $text(channel, 19),
  $text(intent, 18),
  $text(due_date, 10),
  $text(assignee, 200),
  $text(opportunity, 300),
  $text(contact, 300),
  $text(state, 17),
  $text(state_reason, 1000),
  $text(touch, 300),
  $int(done_time),
  $int(days_before_renewal),
  $text(labels, 5281),
  $bytes(data)
) $options;
-- The worklist: of one person, and of all.
CREATE INDEX tasks_by_assignee ON tasks (assignee, state, due_date, name);
CREATE INDEX tasks_by_state ON tasks (state, due_date, name);
CREATE INDEX tasks_by_opportunity ON tasks (opportunity);

ALTER TABLE touches ADD COLUMN $text(do_not_contact_reason, 1000);
