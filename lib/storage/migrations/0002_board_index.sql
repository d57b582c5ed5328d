-- In the order in which the board groups: it is read off the index, without sorting.
DROP INDEX opportunities_board $on(opportunities);
CREATE INDEX opportunities_board ON opportunities (outcome, stage, arr_currency, risk_level, renewal_date, arr_micros, weighted_arr_micros);
