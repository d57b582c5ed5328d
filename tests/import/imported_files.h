#ifndef PERENNIAL_TESTS_IMPORT_IMPORTED_FILES_H_
#define PERENNIAL_TESTS_IMPORT_IMPORTED_FILES_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "perennial/client/history_client.h"
#include "tests/import/imported_server.h"
#include "tests/support/parse_text.h"

namespace perennial {

// Files that a test changes before they are imported again, and what came of that.
class ImportedFilesTest : public ImportedServerTest {
 protected:
  void SetUp() override {
    ImportedServerTest::SetUp();
    if (IsSkipped()) return;
    std::string pattern = (std::filesystem::temp_directory_path() / "imported-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // The test's own copy.
  void CopyFiles(const std::string& folder) {
    std::filesystem::copy(folder, folder_, std::filesystem::copy_options::recursive);
  }
  void Write(const std::string& file, const std::string& text) const {
    std::ofstream(absl::StrCat(folder_, "/", file), std::ios::binary) << text;
  }
  std::string Read(const std::string& file) const {
    std::ifstream stream(absl::StrCat(folder_, "/", file), std::ios::binary);
    EXPECT_TRUE(stream) << file;
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  // The text stands in the file once.
  void Replace(const std::string& file, const std::string& from, const std::string& to) const {
    const std::string text = Read(file);
    EXPECT_EQ(std::vector<std::string>(absl::StrSplit(text, from)).size(), 2) << file << from;
    Write(file, absl::StrReplaceAll(text, {{from, to}}));
  }

  int64_t NewestRevision() const {
    v1::ListChangesRequest request;
    request.set_order_by("revision desc");
    request.set_page_size(1);
    const client::HistoryClient history(connection_);
    for (const auto& change : history.ListChanges(request)) {
      EXPECT_TRUE(change.ok()) << change.status();
      return change.ok() ? change->revision() : 0;
    }
    return 0;
  }
  // What has changed since, in order, as often as it did.
  std::vector<std::string> ChangedSince(int64_t revision) const {
    v1::ListChangesRequest request;
    request.set_filter(absl::StrCat("revision > ", revision));
    const client::HistoryClient history(connection_);
    std::vector<std::string> names;
    for (const auto& change : history.ListChanges(request)) {
      EXPECT_TRUE(change.ok()) << change.status();
      if (change.ok()) names.push_back(change->resource_name());
    }
    return names;
  }

  // The one that a list answers for the filter.
  template <class Request, class Response, class Item>
  static Item Only(const client::ListMethod<Request, Response, Item>& method, Request request,
                   const std::string& filter) {
    request.set_filter(filter);
    std::vector<Item> items;
    for (absl::StatusOr<Item>& item : method(request)) {
      EXPECT_TRUE(item.ok()) << item.status();
      if (item.ok()) items.push_back(*std::move(item));
    }
    EXPECT_EQ(items.size(), 1) << filter;
    return items.size() == 1 ? items[0] : Item();
  }

  // As a text, without what every write changes.
  template <class Resource>
  static std::string Whole(Resource resource) {
    resource.clear_etag();
    resource.clear_create_time();
    resource.clear_update_time();
    // The summary of the account is none of its own.
    const auto* account = Resource::descriptor()->FindFieldByName("account");
    if (account != nullptr) resource.GetReflection()->ClearField(&resource, account);
    return resource.DebugString();
  }
  template <class Resource>
  static std::string Expected(const std::string& text) {
    return ParseText<Resource>(text).DebugString();
  }

  std::string folder_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_IMPORT_IMPORTED_FILES_H_
