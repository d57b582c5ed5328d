-- Terms that keep their day of the month, amendments that come into force on theirs, and renewals
-- into another currency.
ALTER TABLE subscriptions ADD COLUMN $int(anchor_day);
ALTER TABLE subscriptions ADD COLUMN $text(next_amendment_date, 10);
ALTER TABLE subscriptions ADD COLUMN $int(included);
CREATE INDEX subscriptions_by_next_amendment ON subscriptions (next_amendment_date, name);
ALTER TABLE opportunities ADD COLUMN $int(reopened);
ALTER TABLE offers ADD COLUMN $int(exchange_rate_nanos);
ALTER TABLE arr_movements ADD COLUMN $int(exchange_rate_nanos);

-- Few have an amendment to come.
$sqlite ANALYZE sqlite_schema;
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('subscriptions', 'subscriptions_by_next_amendment', '1000000 1000 1');
$sqlite ANALYZE sqlite_schema;
