#include "client/cli/find_name.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/errors.h"
#include "client/cli/list_command.h"
#include "lib/api/errors.h"
#include "lib/api/fields.h"
#include "lib/api/resource_name.h"
#include "lib/api/search_text.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;

constexpr int kMostFound = 200;
constexpr int kMostLookedThrough = 1000;
constexpr size_t kMostShown = 10;

class Lookup {
 public:
  Lookup(client::Connection& connection, const client::CallOptions& options,
         const Descriptor& resource, const std::string& parent)
      : connection_(connection), options_(options), resource_(resource), parent_(parent) {}

  // The first `size` that match.
  absl::StatusOr<std::vector<Candidate>> List(const std::string& filter, int size) const {
    const auto* method = ListMethodOf(std::string(PatternOf(resource_)));
    if (method == nullptr) return std::vector<Candidate>();
    const auto request = New(*method->input_type());
    const auto response = New(*method->output_type());
    const auto& set = *request->GetReflection();
    const auto* parent = method->input_type()->FindFieldByName("parent");
    if (parent != nullptr) set.SetString(request.get(), parent, parent_);
    set.SetInt32(request.get(), method->input_type()->FindFieldByName("page_size"), size);
    set.SetString(request.get(), method->input_type()->FindFieldByName("filter"), filter);
    RETURN_IF_ERROR(connection_.Call(*method, *request, *response, options_));
    const auto& get = *response->GetReflection();
    const auto* items = ItemsField(*method);
    std::vector<Candidate> candidates;
    for (int i = 0; i < get.FieldSize(*response, items); ++i) {
      candidates.push_back(CandidateOf(get.GetRepeatedMessage(*response, items, i)));
    }
    return candidates;
  }

  // Those that have all of the words in their texts, or what was written in their name.
  std::string FilterFor(const std::string& written) const {
    const std::string id = absl::StrReplaceAll(FoldMarks(written), {{" ", "-"}});
    std::string filter = absl::StrCat("name:", Quoted(id));
    if (FieldTable::Of(resource_).Find("search") == nullptr) return filter;
    absl::StrAppend(&filter, " OR search:", Quoted(written));
    if (FoldMarks(written) != FoldCase(written)) {
      absl::StrAppend(&filter, " OR search:", Quoted(FoldMarks(written)));
    }
    return filter;
  }

  absl::Status NotFound(const std::string& written, const std::vector<Candidate>& all) const {
    std::string message =
        absl::StrCat("there is no ", resource_.name(), " like \"", written, "\"",
                     parent_.empty() || absl::StrContains(parent_, "/-") ? "" : " of ",
                     absl::StrContains(parent_, "/-") ? "" : parent_);
    const std::vector<Candidate> near = NearMatches(written, all);
    for (const Candidate& candidate : near) {
      absl::StrAppend(&message, &candidate == &near.front() ? ": is it " : " or ",
                      Described(candidate));
    }
    if (!near.empty()) message += "?";
    return MakeError(absl::StatusCode::kNotFound, v1::RESOURCE_NOT_FOUND, message);
  }

 private:
  static std::unique_ptr<Message> New(const Descriptor& type) {
    return std::unique_ptr<Message>(
        MessageFactory::generated_factory()->GetPrototype(&type)->New());
  }

  client::Connection& connection_;
  const client::CallOptions& options_;
  const Descriptor& resource_;
  const std::string& parent_;
};

}  // namespace

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string EveryParent(const Descriptor& resource) {
  const std::string pattern = ParentPattern(PatternOf(resource));
  std::vector<std::string> segments = absl::StrSplit(pattern, '/', absl::SkipEmpty());
  for (std::string& segment : segments) {
    if (absl::StartsWith(segment, "{")) segment = "-";
  }
  return absl::StrJoin(segments, "/");
}

absl::Status AmbiguousName(absl::string_view written, const std::vector<Candidate>& candidates) {
  std::vector<FieldViolation> rows;
  for (const Candidate& candidate : candidates) {
    if (rows.size() == kMostShown) break;
    rows.push_back({candidate.name, candidate.display_name});
  }
  const size_t more = candidates.size() - rows.size();
  return UsageError(
      absl::StrCat("\"", written, "\" may be one of ", candidates.size(),
                   more == 0 ? "" : absl::StrCat(", of which these are ", rows.size()),
                   ": say more of the name, or the id"),
      std::move(rows));
}

absl::StatusOr<Candidate> FindName(client::Connection& connection,
                                   const client::CallOptions& options, const Descriptor& resource,
                                   const std::string& parent, const std::string& written) {
  const Lookup lookup(connection, options, resource, parent);
  const std::string trimmed(absl::StripAsciiWhitespace(written));
  if (const std::string wrong = CheckSearch(SearchWords(trimmed)); !wrong.empty()) {
    return UsageError(absl::StrCat("\"", written, "\" names nothing"), {});
  }
  ASSIGN_OR_RETURN(const std::vector<Candidate> found,
                   lookup.List(lookup.FilterFor(trimmed), kMostFound));
  std::vector<Candidate> matches = BestMatches(trimmed, found);
  if (matches.empty()) {
    ASSIGN_OR_RETURN(const std::vector<Candidate> all, lookup.List("", kMostLookedThrough));
    matches = BestMatches(trimmed, all);
    if (matches.empty()) return lookup.NotFound(trimmed, all);
  }
  if (matches.size() > 1) return AmbiguousName(trimmed, matches);
  return matches.front();
}

}  // namespace perennial::cli
