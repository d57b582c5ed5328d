#ifndef PERENNIAL_TESTS_IMPORT_IMPORTED_EXPORT_H_
#define PERENNIAL_TESTS_IMPORT_IMPORTED_EXPORT_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "perennial/client/account_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"
#include "tests/import/imported_files.h"

namespace perennial {

// Files of another system's form, by the mapping that is shipped for them: what they make is found
// by that system's ids.
class ImportedExportTest : public ImportedFilesTest {
 protected:
  // "stripe", of the mapping, of the folder beside the tests, and of the ids.
  explicit ImportedExportTest(std::string system) : system_(std::move(system)) {}

  void SetUp() override {
    ImportedFilesTest::SetUp();
    if (!IsSkipped()) CopyFiles(SourcePath(absl::StrCat("tests/import/", system_)));
  }

  cli::ImportSummary ImportAll() {
    return Import(folder_, SourcePath(absl::StrCat("client/cli/mappings/", system_, ".textproto")));
  }

  std::string HasId(const std::string& id) const {
    return absl::StrCat("external_ids.", system_, " = \"", id, "\"");
  }
  v1::Account Account(const std::string& id) const {
    v1::Account account =
        Only(client::AccountClient(connection_).ListAccounts, v1::ListAccountsRequest(), HasId(id));
    account.clear_standing();
    return account;
  }
  v1::Contact Contact(const std::string& id) const {
    return Find(client::AccountClient(connection_).ListContacts, id);
  }
  v1::Subscription Subscription(const std::string& id) const {
    return Find(client::SubscriptionClient(connection_).ListSubscriptions, id);
  }
  v1::Opportunity Opportunity(const std::string& id) const {
    return Find(client::PipelineClient(connection_).ListOpportunities, id);
  }

 private:
  template <class Request, class Response, class Item>
  Item Find(const client::ListMethod<Request, Response, Item>& method,
            const std::string& id) const {
    Request request;
    request.set_parent("accounts/-");
    return Only(method, request, HasId(id));
  }

  const std::string system_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_IMPORT_IMPORTED_EXPORT_H_
