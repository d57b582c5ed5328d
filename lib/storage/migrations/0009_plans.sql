-- What names a product, a playbook or another account is found without reading all.
CREATE INDEX feedback_by_product ON feedback (product);
CREATE INDEX proposals_by_product ON proposals (product);
CREATE INDEX proposals_by_target_account ON proposals (target_account);
CREATE INDEX opportunities_by_playbook ON opportunities (playbook, outcome, name);

-- The jobs go through these in order, some at a time.
CREATE INDEX opportunities_by_outcome ON opportunities (outcome, name);
DROP INDEX subscriptions_uncovered $on(subscriptions);
CREATE INDEX subscriptions_uncovered ON subscriptions (state, open_opportunity, exclusion_reason, term_end_date, name);

-- SQLite takes every index for a selective one where nothing tells it otherwise, and finds one
-- customer's open tasks among everybody's. How many rows have the same first columns, with a
-- million of them:
$sqlite ANALYZE sqlite_schema;
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('accounts', 'accounts_by_standing', '1000000 200000 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('accounts', 'accounts_by_standing_and_silence', '1000000 200000 200 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('feedback', 'feedback_by_product', '1000000 10000');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('feedback', 'feedback_by_topic', '1000000 10000 3000 1 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('opportunities', 'opportunities_board', '1000000 300000 100000 50000 20000 100 1 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('opportunities', 'opportunities_by_outcome', '1000000 300000 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('opportunities', 'opportunities_by_outcome_renewal_date', '1000000 300000 300 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('opportunities', 'opportunities_by_playbook', '1000000 300000 100000 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('opportunities', 'opportunities_by_stage_arr_micros', '1000000 300000 100 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('proposals', 'proposals_by_product', '1000000 10000');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('subscriptions', 'subscriptions_by_product', '1000000 10000');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('subscriptions', 'subscriptions_by_state_term_end_date', '1000000 500000 500 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('subscriptions', 'subscriptions_uncovered', '1000000 500000 400000 300000 300 1');
$sqlite INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('tasks', 'tasks_by_state', '1000000 500000 500 1');
$sqlite ANALYZE sqlite_schema;
