-- Searches go by words now, and through more of contacts and opportunities.
$fill(accounts.search_text);
$fill(contacts.search_text);
$fill(account_events.search_text);
$fill(products.search_text);
$fill(opportunities.search_text);
$fill(playbooks.search_text);
$fill(touches.search_text);
$fill(feedback.search_text);
$fill(tasks.search_text);
$fill(adoption_reviews.search_text);

-- The words of the search_text of accounts, contacts and opportunities, which are so found by how a
-- word begins.
CREATE TABLE search_words (
  $text(resource_type, 40),
  $text(word, 64),
  $text(name, 300),
  PRIMARY KEY (resource_type, word, name)
) $clustered;
$fill(accounts.search_words);
$fill(contacts.search_words);
$fill(opportunities.search_words);
