-- Texts that differ in blanks at their end differ on MySQL too. Its tables compared them by
-- utf8mb4_bin, which ignores such blanks.
$mysql ALTER TABLE account_events CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE accounts CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE adoption_reviews CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE arr_movements CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE changes CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE contacts CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE feedback CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE leases CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE offers CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE opportunities CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE playbooks CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE products CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE proposals CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE requests CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE revision_counter CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE schema_steps CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE stage_transitions CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE subscriptions CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE tasks CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE time_lines CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE touches CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
$mysql ALTER TABLE usage_samples CONVERT TO CHARACTER SET utf8mb4 COLLATE $collation;
