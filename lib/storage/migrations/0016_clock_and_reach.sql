-- What only an import says of who was reached, and the time of a manual clock: one for all servers
-- of the database, which have lived through the day that it stands at, or have not.
ALTER TABLE opportunities ADD COLUMN $int(reach_imported);
CREATE TABLE manual_clock (
  $int(id),
  $int(time_micros),
  $int(lived),
  PRIMARY KEY (id)
) $options;
INSERT INTO manual_clock (id, time_micros, lived) VALUES (1, 0, 1);
