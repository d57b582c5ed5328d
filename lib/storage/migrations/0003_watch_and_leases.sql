-- Tells the revisions of this database from those of another; 0 until its first server starts.
ALTER TABLE revision_counter ADD COLUMN $int(history_id);

-- The changes of an account are its own, too.
UPDATE changes SET account = resource_name WHERE resource_type = 'Account';

-- What one server at a time does for all of them.
CREATE TABLE leases (
  $key(name, 100),
  $text(holder, 100),
  $int(expire_time)
) $options;
