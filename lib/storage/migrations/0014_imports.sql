-- Who resources are in other systems.
ALTER TABLE accounts ADD COLUMN $text(external_ids, 1651);
ALTER TABLE contacts ADD COLUMN $text(external_ids, 1651);
ALTER TABLE subscriptions ADD COLUMN $text(external_ids, 1651);
ALTER TABLE opportunities ADD COLUMN $text(external_ids, 1651);
CREATE TABLE external_ids (
  $text(resource_type, 40),
  $text(system_key, 63),
  $text(external_id, 100),
  $text(name, 300),
  PRIMARY KEY (resource_type, system_key, external_id)
) $clustered;

-- What the rows of imports said last (said), under the name that they give their resource, by where
-- they come from. `target` is the resource's name where that is another; `identity_text` is what
-- the name's id was made of.
CREATE TABLE import_rows (
  $text(name, 300),
  $text(origin, 100),
  $text(target, 300),
  $text(identity_text, 400),
  $int(digest),
  $bytes(said),
  PRIMARY KEY (name, origin)
) $clustered;
