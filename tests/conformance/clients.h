#ifndef PERENNIAL_TESTS_CONFORMANCE_CLIENTS_H_
#define PERENNIAL_TESTS_CONFORMANCE_CLIENTS_H_

#include <memory>

#include "perennial/client/account_client.h"
#include "perennial/client/adoption_client.h"
#include "perennial/client/catalog_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/connection.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/expansion_client.h"
#include "perennial/client/history_client.h"
#include "perennial/client/import_client.h"
#include "perennial/client/insight_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"

namespace perennial::conformance {

// Every service of one server, called by one person. Thread-safe.
struct Clients {
  explicit Clients(const std::shared_ptr<client::Connection>& connection,
                   const client::CallOptions& options = {})
      : accounts(connection, options),
        catalog(connection, options),
        subscriptions(connection, options),
        pipeline(connection, options),
        engagement(connection, options),
        adoption(connection, options),
        expansion(connection, options),
        history(connection, options),
        insight(connection, options),
        imports(connection, options),
        clock(connection, options) {}

  client::AccountClient accounts;
  client::CatalogClient catalog;
  client::SubscriptionClient subscriptions;
  client::PipelineClient pipeline;
  client::EngagementClient engagement;
  client::AdoptionClient adoption;
  client::ExpansionClient expansion;
  client::HistoryClient history;
  client::InsightClient insight;
  client::ImportClient imports;
  client::ClockClient clock;
};

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_CLIENTS_H_
