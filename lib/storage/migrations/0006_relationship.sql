-- What follows from what is recorded: the standing of accounts, the risks of renewals.
ALTER TABLE accounts ADD COLUMN $text(standing_state, 17);
ALTER TABLE accounts ADD COLUMN $text(standing_silent_since, 10);
ALTER TABLE accounts ADD COLUMN $int(standing_last_two_way_time);
ALTER TABLE accounts ADD COLUMN $int(standing_gave_count);
ALTER TABLE accounts ADD COLUMN $int(standing_asked_count);
ALTER TABLE accounts ADD COLUMN $int(standing_gave_percent);
ALTER TABLE accounts ADD COLUMN $int(standing_window_touch_count);
ALTER TABLE accounts ADD COLUMN $int(standing_other_touch_count);
ALTER TABLE accounts ADD COLUMN $int(standing_reachable_decider_count);
ALTER TABLE accounts ADD COLUMN $int(standing_verify_time);
ALTER TABLE accounts ADD COLUMN $text(standing_competitors, 2021);
ALTER TABLE accounts ADD COLUMN $text(standing_review_date, 10);
ALTER TABLE accounts ADD COLUMN $text(standing_policy_version, 40);
CREATE INDEX accounts_by_standing ON accounts (standing_state, name);
CREATE INDEX accounts_by_standing_and_silence ON accounts (standing_state, standing_silent_since, name);
CREATE INDEX accounts_by_silence ON accounts (standing_silent_since, name);
-- Those to look at again, because a day has come.
CREATE INDEX accounts_to_review ON accounts (standing_review_date, name);

-- What is recorded about some accounts.
CREATE INDEX account_events_by_account ON account_events (account);
CREATE INDEX contacts_by_account ON contacts (account);
CREATE INDEX feedback_by_account ON feedback (account);
CREATE INDEX opportunities_by_account ON opportunities (account);
CREATE INDEX subscriptions_by_account ON subscriptions (account);
CREATE INDEX tasks_by_account ON tasks (account);

ALTER TABLE opportunities ADD COLUMN $text(owner_risk_level, 22);
ALTER TABLE opportunities ADD COLUMN $text(owner_risk_note, 1000);
ALTER TABLE contacts ADD COLUMN $int(verified);
ALTER TABLE playbooks ADD COLUMN $int(fading_days);
ALTER TABLE playbooks ADD COLUMN $int(neglect_days);
ALTER TABLE playbooks ADD COLUMN $int(valued_arr);
ALTER TABLE feedback ADD COLUMN $text(product, 300);
CREATE INDEX feedback_by_topic ON feedback (topic, state, receive_time, name);
