-- Every resource has a table: who it is (name), which write it is from (version), its fields for
-- filters, orders and people with SQL, and the whole of it as a message (data).

CREATE TABLE account_events (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(type, 16),
  $text(title, 200),
  $text(event_date, 10),
  $text(source, 200),
  $text(note, 4000),
  $bytes(data)
) $options;

CREATE TABLE accounts (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(display_name, 200),
  $text(parent_account, 300),
  $text(segment, 100),
  $text(industry, 100),
  $text(country, 2),
  $text(owner, 200),
  $text(note, 4000),
  $text(labels, 5281),
  $bytes(data)
) $options;
CREATE INDEX accounts_by_parent_account ON accounts (parent_account);
CREATE INDEX accounts_by_owner ON accounts (owner, name);

CREATE TABLE adoption_reviews (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(contacts, 15051),
  $int(review_time),
  $text(summary, 4000),
  $int(attainment_basis_points),
  $bytes(data)
) $options;

CREATE TABLE arr_movements (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(subscription, 300),
  $text(effective_date, 10),
  $int(delta_micros),
  $text(delta_currency, 3),
  $text(cause, 17),
  $text(opportunity, 300),
  $text(reverses, 300),
  $bytes(data)
) $options;
CREATE INDEX arr_movements_by_effective_date ON arr_movements (effective_date);

CREATE TABLE contacts (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(display_name, 200),
  $text(title, 200),
  $text(email, 200),
  $text(phone, 50),
  $text(roles, 145),
  $text(stance, 18),
  $text(needs, 4021),
  $text(preferred_channel, 19),
  $int(do_not_contact),
  $int(verify_time),
  $text(state, 17),
  $int(leave_time),
  $text(note, 4000),
  $text(labels, 5281),
  $bytes(data)
) $options;
CREATE INDEX contacts_by_email ON contacts (email);

CREATE TABLE feedback (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(type, 16),
  $text(topic, 200),
  $text(text, 4000),
  $text(contact, 300),
  $int(receive_time),
  $text(state, 17),
  $int(acknowledge_time),
  $text(decision, 20),
  $text(decision_reason, 1000),
  $int(decide_time),
  $text(answer_touch, 300),
  $int(answer_time),
  $text(labels, 5281),
  $bytes(data)
) $options;

CREATE TABLE offers (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $int(term_months),
  $int(arr_micros),
  $text(arr_currency, 3),
  $int(discount_basis_points),
  $int(auto_renew),
  $text(expire_date, 10),
  $text(note, 4000),
  $text(state, 17),
  $text(decided_by, 300),
  $int(send_time),
  $int(decide_time),
  $text(decide_note, 1000),
  $bytes(data)
) $options;

CREATE TABLE opportunities (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(display_name, 200),
  $text(subscriptions, 60201),
  $text(stage, 17),
  $text(outcome, 19),
  $int(arr_micros),
  $text(arr_currency, 3),
  $int(forecast_arr_micros),
  $text(forecast_arr_currency, 3),
  $int(closed_arr_micros),
  $text(closed_arr_currency, 3),
  $text(renewal_date, 10),
  $text(forecast_category, 29),
  $int(probability_percent),
  $int(weighted_arr_micros),
  $text(weighted_arr_currency, 3),
  $text(owner, 200),
  $text(playbook, 300),
  $text(risk_level, 22),
  $text(risk_reasons, 4021),
  $text(next_step, 1000),
  $text(next_step_date, 10),
  $text(no_expansion_reason, 1000),
  $text(labels, 5281),
  $int(open_time),
  $int(stage_enter_time),
  $int(reached),
  $int(reach_time),
  $int(close_time),
  $text(churn_reason, 24),
  $text(close_note, 1000),
  $text(competitor, 100),
  $text(accepted_offer, 300),
  $int(expansion_arr_micros),
  $text(expansion_arr_currency, 3),
  $int(auto_closed),
  $bytes(data)
) $options;
CREATE INDEX opportunities_by_stage_arr_micros ON opportunities (stage, arr_micros, name);
CREATE INDEX opportunities_by_outcome_renewal_date ON opportunities (outcome, renewal_date, name);
CREATE INDEX opportunities_by_owner ON opportunities (owner, name);
CREATE INDEX opportunities_board ON opportunities (outcome, stage, arr_currency, arr_micros, weighted_arr_micros, renewal_date, risk_level);

CREATE TABLE playbooks (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(display_name, 200),
  $text(account_filter, 4000),
  $int(priority),
  $int(lead_days),
  $int(bundle_days),
  $int(unreachable_attempts),
  $int(unreachable_channels),
  $bytes(data)
) $options;

CREATE TABLE products (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(display_name, 200),
  $text(family, 100),
  $int(list_price_micros),
  $text(list_price_currency, 3),
  $int(retired),
  $text(note, 4000),
  $text(labels, 5281),
  $bytes(data)
) $options;

CREATE TABLE proposals (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(type, 16),
  $text(product, 300),
  $text(subscription, 300),
  $text(target_account, 300),
  $int(seats),
  $int(arr_micros),
  $text(arr_currency, 3),
  $int(term_months),
  $text(rationale, 4000),
  $text(state, 17),
  $text(decide_note, 1000),
  $int(decide_time),
  $bytes(data)
) $options;

CREATE TABLE stage_transitions (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(from_stage, 17),
  $text(to_stage, 17),
  $text(from_outcome, 19),
  $text(to_outcome, 19),
  $text(actor, 200),
  $text(reason, 1000),
  $text(overridden, 2301),
  $bytes(data)
) $options;

CREATE TABLE subscriptions (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(product, 300),
  $int(seats),
  $int(arr_micros),
  $text(arr_currency, 3),
  $text(start_date, 10),
  $int(term_months),
  $text(term_start_date, 10),
  $text(term_end_date, 10),
  $int(auto_renew),
  $int(notice_days),
  $int(trial),
  $text(state, 17),
  $text(end_date, 10),
  $text(cancel_reason, 24),
  $text(cancel_note, 1000),
  $text(renews, 300),
  $text(renewed_by, 300),
  $text(open_opportunity, 300),
  $text(exclusion_reason, 28),
  $text(exclusion_note, 1000),
  $text(labels, 5281),
  $bytes(data)
) $options;
CREATE INDEX subscriptions_uncovered ON subscriptions (state, open_opportunity, exclusion_reason, term_end_date);
CREATE INDEX subscriptions_by_state_term_end_date ON subscriptions (state, term_end_date, name);
CREATE INDEX subscriptions_by_product ON subscriptions (product);

CREATE TABLE touches (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(channel, 19),
  $text(direction, 21),
  $text(contacts, 15051),
  $text(disposition, 23),
  $text(intent, 18),
  $text(purpose, 19),
  $int(touch_time),
  $text(summary, 4000),
  $text(capabilities, 20101),
  $text(competitor, 100),
  $text(owner, 200),
  $text(labels, 5281),
  $bytes(data)
) $options;
CREATE INDEX touches_by_account_touch_time ON touches (account, touch_time, name);

CREATE TABLE usage_samples (
  $key(name, 300),
  $int(version),
  $int(create_time),
  $int(update_time),
  $text(account, 100),
  $text(capability, 200),
  $text(sample_date, 10),
  $int(active_users),
  $int(uses),
  $bytes(data)
) $options;

-- The history: a row for every write of every resource.
CREATE TABLE changes (
  $text(resource_name, 300),
  $int(version),
  -- Below zero until the change has got its number.
  $int(revision),
  $int(change_time),
  $text(operation, 40),
  $text(resource_type, 40),
  $text(account, 100),
  $text(actor, 200),
  $text(method, 200),
  $text(reason, 1000),
  $text(request_id, 200),
  $bytes(data),
  PRIMARY KEY (resource_name, version)
) $options;
CREATE UNIQUE INDEX changes_by_revision ON changes (revision);
CREATE INDEX changes_by_account ON changes (account, revision);
CREATE INDEX changes_by_actor ON changes (actor, revision);
CREATE INDEX changes_by_time ON changes (change_time);

CREATE TABLE revision_counter (
  $int(id),
  $int(next_revision),
  PRIMARY KEY (id)
) $options;
INSERT INTO revision_counter (id, next_revision) VALUES (1, 1);

-- The answers to requests, for those who ask again.
CREATE TABLE requests (
  $text(actor, 200),
  $text(request_id, 100),
  $text(method, 200),
  $int(fingerprint),
  $int(create_time),
  $bytes(response),
  PRIMARY KEY (actor, request_id)
) $options;
CREATE INDEX requests_by_time ON requests (create_time);
