#ifndef PERENNIAL_CLIENT_CLI_READ_BY_NAME_H_
#define PERENNIAL_CLIENT_CLI_READ_BY_NAME_H_

#include <future>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/find_name.h"
#include "lib/base/status.h"
#include "perennial/client/service_client.h"

namespace perennial::cli {

// All that a list answers for the request, page after page.
template <class Request, class Response, class Item>
absl::StatusOr<std::vector<Item>> ReadAll(const client::ListMethod<Request, Response, Item>& list,
                                          Request request) {
  constexpr int kPageSize = 1000;
  if (request.page_size() == 0) request.set_page_size(kPageSize);
  std::vector<Item> items;
  for (absl::StatusOr<Item>& item : list(std::move(request))) {
    RETURN_IF_ERROR(item.status());
    items.push_back(*std::move(item));
  }
  return items;
}

// `field = "a" OR field = "b"`, of 40 values at most each: filters are bounded.
inline std::vector<std::string> AnyOf(const std::string& field,
                                      const std::set<std::string>& values) {
  constexpr int kMostTerms = 40;
  std::vector<std::string> filters;
  int terms = kMostTerms;
  for (const std::string& value : values) {
    if (terms++ == kMostTerms) {
      filters.emplace_back();
      terms = 1;
    }
    absl::StrAppend(&filters.back(), terms == 1 ? "" : " OR ", field, " = ", Quoted(value));
  }
  return filters;
}

// Those of these names that exist, by name: as many as one filter holds with each call. `request`
// says the parent, where the list has one.
template <class Request, class Response, class Item>
absl::StatusOr<std::map<std::string, Item>> ReadByName(
    const client::ListMethod<Request, Response, Item>& list, Request request,
    const std::set<std::string>& names) {
  std::map<std::string, Item> found;
  for (const std::string& filter : AnyOf("name", names)) {
    request.set_filter(filter);
    ASSIGN_OR_RETURN(std::vector<Item> items, ReadAll(list, request));
    for (Item& item : items) {
      const std::string name = item.name();
      found[name] = std::move(item);
    }
  }
  return found;
}

// Calls all of them at once, and answers the first error.
template <class... Functions>
absl::Status AtOnce(const Functions&... functions) {
  std::vector<std::future<absl::Status>> calls;
  (calls.push_back(std::async(std::launch::async, functions)), ...);
  absl::Status first;
  for (std::future<absl::Status>& call : calls) first.Update(call.get());
  return first;
}

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_READ_BY_NAME_H_
