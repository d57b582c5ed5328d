-- Amounts are ordered by currency first.
DROP INDEX opportunities_by_stage_arr_micros $on(opportunities);
CREATE INDEX opportunities_by_stage_arr ON opportunities (stage, arr_currency, arr_micros, name);
$sqlite DELETE FROM sqlite_stat1 WHERE idx = 'opportunities_by_stage_arr_micros';
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('opportunities', 'opportunities_by_stage_arr', '1000000 300000 100000 100 1');
$sqlite ANALYZE sqlite_schema;

-- People have more than one address, and go from one customer to another.
ALTER TABLE contacts ADD COLUMN $text(other_emails, 4021);
ALTER TABLE contacts ADD COLUMN $text(other_phones, 1021);
ALTER TABLE contacts ADD COLUMN $text(moved_to, 300);
ALTER TABLE contacts ADD COLUMN $text(moved_from, 300);
