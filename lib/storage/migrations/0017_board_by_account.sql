-- With the account: a board filtered by fields of accounts is read off the index as well.
DROP INDEX opportunities_board $on(opportunities);
CREATE INDEX opportunities_board ON opportunities (outcome, stage, arr_currency, risk_level, renewal_date, arr_micros, weighted_arr_micros, account);
