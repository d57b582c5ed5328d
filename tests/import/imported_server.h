#ifndef PERENNIAL_TESTS_IMPORT_IMPORTED_SERVER_H_
#define PERENNIAL_TESTS_IMPORT_IMPORTED_SERVER_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/import/run_import.h"
#include "perennial/client/connection.h"
#include "perennial/client/service_client.h"
#include "tests/support/server/test_server.h"

namespace perennial {

// The folder of the checkout.
inline std::string SourcePath(const std::string& path) {
  return absl::StrCat(PERENNIAL_SOURCE_DIR, "/", path);
}

// A server, on 2025-01-01, into which `perennial import` brings files.
class ImportedServerTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    server_.emplace(GetParam());
    connection_ = client::Connect(server_->address());
  }

  cli::ImportSummary Import(const std::string& folder, const std::string& mapping,
                            bool dry_run = false) {
    cli::ImportOptions options;
    options.folder = folder;
    options.mapping = mapping;
    options.dry_run = dry_run;
    options.on_conflict = on_conflict_;
    std::ostringstream out, notes;
    options.notes = &notes;
    const absl::StatusOr<cli::ImportSummary> summary =
        cli::RunImport(options, connection_, {}, out, nullptr);
    EXPECT_TRUE(summary.ok()) << summary.status();
    report_ = out.str();
    notes_ = notes.str();
    return summary.ok() ? *summary : cli::ImportSummary();
  }

  // All that a list answers.
  template <class Request, class Response, class Item>
  static std::vector<Item> All(const client::ListMethod<Request, Response, Item>& method,
                               const std::string& parent) {
    Request request;
    request.set_page_size(1000);
    request.set_parent(parent);
    std::vector<Item> all;
    for (absl::StatusOr<Item>& item : method(request)) {
      EXPECT_TRUE(item.ok()) << item.status();
      if (item.ok()) all.push_back(*std::move(item));
    }
    return all;
  }

  std::optional<TestServer> server_;
  std::shared_ptr<client::Connection> connection_;
  std::string report_, notes_;  // of the last import
  v1::ImportRequest::OnConflict on_conflict_ = v1::ImportRequest::KEEP;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_IMPORT_IMPORTED_SERVER_H_
