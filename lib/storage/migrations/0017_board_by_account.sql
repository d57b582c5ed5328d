-- With the account: a board filtered by fields of accounts is read off the index as well.
DROP INDEX opportunities_board $on(opportunities);
CREATE INDEX opportunities_board ON opportunities (outcome, stage, arr_currency, risk_level, renewal_date, arr_micros, weighted_arr_micros, account);
$sqlite DELETE FROM sqlite_stat1 WHERE idx = 'opportunities_board';
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('opportunities', 'opportunities_board', '1000000 300000 100000 50000 20000 100 1 1 1');
$sqlite ANALYZE sqlite_schema;
