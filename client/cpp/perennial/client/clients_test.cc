// The list of clients against the protos: every RPC must have a client method.

#include <memory>
#include <set>
#include <string>

#include "client/cpp/testing/fake_connection.h"
#include "gtest/gtest.h"
#include "perennial/client/account_client.h"
#include "perennial/client/admin_client.h"
#include "perennial/client/adoption_client.h"
#include "perennial/client/catalog_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/expansion_client.h"
#include "perennial/client/history_client.h"
#include "perennial/client/import_client.h"
#include "perennial/client/insight_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"
#include "perennial/v1/proto_files.h"

namespace perennial::client {
namespace {

using ::google::protobuf::DescriptorPool;

template <class... Clients>
std::set<std::string> MethodsOf() {
  const auto connection = std::make_shared<FakeConnection>();
  std::set<std::string> names;
  const auto add = [&names](const ServiceClient& client) {
    for (const auto* method : client.methods()) names.insert(method->full_name());
  };
  (add(Clients(connection)), ...);
  return names;
}

TEST(ClientsTest, HaveEveryMethodOfTheApi) {
  const std::set<std::string> methods =
      MethodsOf<AccountClient, AdminClient, AdoptionClient, CatalogClient, ClockClient,
                EngagementClient, ExpansionClient, HistoryClient, ImportClient, InsightClient,
                PipelineClient, SubscriptionClient>();
  int count = 0;
  for (const char* file_name : kProtoFiles) {
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(file_name);
    ASSERT_NE(file, nullptr) << file_name;
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j, ++count) {
        const std::string& name = file->service(i)->method(j)->full_name();
        EXPECT_EQ(methods.count(name), 1u) << name << " has no client method";
      }
    }
  }
  EXPECT_GT(count, 70);
}

}  // namespace
}  // namespace perennial::client
