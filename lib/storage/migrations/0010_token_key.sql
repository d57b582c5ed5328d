-- What page tokens are signed with: a new one for each time line. Those that are there begin now.
ALTER TABLE revision_counter ADD COLUMN $text(token_key, 64);
