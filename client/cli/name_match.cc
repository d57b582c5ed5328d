#include "client/cli/name_match.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/api/resource_name.h"
#include "lib/api/search_text.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;

constexpr size_t kMostNear = 5;

std::string Text(const Message& resource, const char* field_name) {
  const auto* field = resource.GetDescriptor()->FindFieldByName(field_name);
  const bool has_text = field != nullptr && !field->is_repeated() &&
                        field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return has_text ? resource.GetReflection()->GetString(resource, field) : "";
}

// What still goes on: open renewals and tasks, people who are there, offers that stand.
bool IsLive(const Message& resource) {
  for (const char* name : {"outcome", "state"}) {
    const auto* field = resource.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) continue;
    const std::string& value = resource.GetReflection()->GetEnum(resource, field)->name();
    for (const char* over : {"RENEWED", "CHURNED", "LEFT", "DONE", "SKIPPED", "CANCELLED", "VOID",
                             "REJECTED", "ANSWERED", "DECLINED", "WITHDRAWN"}) {
      if (value == over) return false;
    }
  }
  return true;
}

std::string Joined(absl::string_view text) {
  return FoldMarks(absl::StrReplaceAll(text, {{"-", " "}, {"_", " "}}));
}

// Has it all of the words, one by one or as they stand?
bool Has(absl::string_view text, absl::string_view written) {
  const std::vector<std::string> words = absl::StrSplit(written, ' ', absl::SkipEmpty());
  return !words.empty() && std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return absl::StrContains(text, word);
  });
}

// The id of its account, of what people may call by that.
absl::string_view AccountIdOf(const Candidate& candidate) {
  const bool is_called_so = absl::StrContains(candidate.name, "/opportunities/") ||
                            absl::StrContains(candidate.name, "/subscriptions/");
  return is_called_so ? IdOf(AccountOf(candidate.name)) : absl::string_view();
}

constexpr int kRanks = 5;

// From the surest on; kRanks where it does not fit.
int RankOf(const Candidate& candidate, absl::string_view written) {
  if (IdOf(candidate.name) == written) return 0;
  const std::string folded = FoldMarks(written);
  if (FoldMarks(candidate.display_name) == folded ||
      (!candidate.email.empty() && FoldMarks(candidate.email) == folded)) {
    return 1;
  }
  // Before all in whose names it is: what is of acme-east is not of acme.
  if (AccountIdOf(candidate) == written) return 2;
  const std::string words = Joined(written);
  if (Has(Joined(candidate.display_name), words) || Has(Joined(IdOf(candidate.name)), words)) {
    return 3;
  }
  return Has(Joined(AccountIdOf(candidate)), words) ? 4 : kRanks;
}

// How many characters have to be changed, added or left out.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

size_t DistanceTo(const Candidate& candidate, const std::string& folded) {
  const std::string display_name = FoldMarks(candidate.display_name);
  size_t least =
      std::min(Distance(folded, FoldMarks(IdOf(candidate.name))), Distance(folded, display_name));
  for (const absl::string_view word : absl::StrSplit(display_name, ' ')) {
    least = std::min(least, Distance(folded, word));
  }
  return least;
}

}  // namespace

Candidate CandidateOf(const Message& resource) {
  Candidate candidate;
  candidate.name = Text(resource, "name");
  for (const char* field : {"display_name", "title", "topic"}) {
    if (candidate.display_name.empty()) candidate.display_name = Text(resource, field);
  }
  if (candidate.display_name.empty()) candidate.display_name = std::string(IdOf(candidate.name));
  candidate.email = Text(resource, "email");
  candidate.live = IsLive(resource);
  return candidate;
}

std::string Described(const Candidate& candidate) {
  return absl::StrCat(candidate.display_name, " (", candidate.name, ")");
}

std::vector<Candidate> BestMatches(absl::string_view written,
                                   const std::vector<Candidate>& candidates) {
  for (int rank = 0; rank < kRanks; ++rank) {
    std::vector<Candidate> found, live;
    std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(found),
                 [&](const Candidate& each) { return RankOf(each, written) == rank; });
    std::copy_if(found.begin(), found.end(), std::back_inserter(live),
                 [](const Candidate& each) { return each.live; });
    if (!found.empty()) return live.empty() ? found : live;
  }
  return {};
}

std::vector<Candidate> NearMatches(absl::string_view written, std::vector<Candidate> candidates) {
  const std::string folded = FoldMarks(written);
  const size_t furthest = std::max<size_t>(1, folded.size() / 3);
  std::vector<std::pair<size_t, const Candidate*>> near;
  for (const Candidate& candidate : candidates) {
    const size_t distance = DistanceTo(candidate, folded);
    if (distance <= furthest) near.emplace_back(distance, &candidate);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (near.size() > kMostNear) near.resize(kMostNear);
  std::vector<Candidate> nearest;
  for (const auto& [distance, candidate] : near) nearest.push_back(*candidate);
  return nearest;
}

}  // namespace perennial::cli
