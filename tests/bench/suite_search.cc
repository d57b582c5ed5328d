// What searches cost among many accounts: for rare words, and for those that many have.

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/bench/suite.h"

namespace perennial::bench {
namespace {

constexpr char kListAccounts[] = "/perennial.v1.AccountService/ListAccounts";

// The aim, for what few accounts have.
constexpr double kSearchMillis = 50;

// A made-up word: 50,000 of them, each of which has one of 400 beginnings.
std::string Word(int i) {
  static const char* const kSyllables[] = {"ba", "ke", "li", "mo", "nu", "ra", "se",
                                           "ti", "vo", "zu", "do", "fe", "gi", "ho",
                                           "ju", "pa", "qe", "wi", "xo", "yu"};
  std::string word;
  for (const int part : {i % 20, i / 20 % 20, i / 400 % 20, i / 8000 % 20})
    word += kSyllables[part];
  return word;
}

v1::Resource Account(int i) {
  static const char* const kForms[] = {"GmbH", "Ltd", "Inc", "AG"};
  v1::Resource resource;
  v1::Account& account = *resource.mutable_account();
  account.set_name(absl::StrFormat("accounts/customer-%07d", i));
  account.set_display_name(absl::StrCat(Word(Pick(i, 20, 50000)), " ", Word(Pick(i, 21, 50000)),
                                        " ", kForms[Pick(i, 22, 4)]));
  account.set_note(absl::StrCat("Met at the fair ", i));
  return resource;
}

}  // namespace

absl::Status Suite::MeasureSearch() {
  for (const int size : options_.rows) {
    Site site(engine_, size, options_.channels, options_.server, options_.folder);
    RETURN_IF_ERROR(site.StartServer());
    Say(absl::StrCat(site.engine_name(), ", ", size, " accounts to search: import"));
    const absl::Time start = absl::Now();
    RETURN_IF_ERROR(Import({{size, Account}}, site.address()).status());
    Line& line = AddLine("Import of accounts, rows", &site);
    line.rate = size / absl::ToDoubleSeconds(absl::Now() - start);
    line.processor_time = site.ProcessorTime() / size;
    RETURN_IF_ERROR(MeasureSearches(site));
    site.StopServer();
  }
  return absl::OkStatus();
}

absl::Status Suite::MeasureSearches(Site& site) {
  struct Search {
    std::string what, words;
    bool is_rare;
  };
  const std::vector<Search> searches = {
      {"a number", absl::StrCat(site.size() / 2), true},
      {"a word", Word(4711), true},
      {"a beginning", Word(4711).substr(0, 6), true},
      {"two words, one common", absl::StrCat(Word(4711), " gmbh"), true},
      {"a short beginning", Word(4711).substr(0, 4), false},
      {"a common word", "gmbh", false},
  };
  for (const Search& search : searches) {
    Say(absl::StrCat("Search for ", search.what));
    v1::ListAccountsRequest request;
    request.set_filter(absl::StrCat("search:\"", search.words, "\""));
    const std::string bytes = request.SerializeAsString();
    Measurement measured;
    const absl::Duration processor_time = site.ProcessorTime();
    for (; measured.calls < options_.rounds; ++measured.calls) {
      const absl::Time sent = absl::Now();
      RETURN_IF_ERROR(site.client().Call(kListAccounts, bytes).status());
      measured.latencies.push_back(absl::Now() - sent);
      measured.time += measured.latencies.back();
    }
    Line& line = AddLine(absl::StrCat("search for ", search.what), &site);
    line.rate = measured.Rate();
    line.p50 = measured.Percentile(0.5);
    line.p99 = measured.Percentile(0.99);
    line.processor_time = (site.ProcessorTime() - processor_time) / measured.calls;
    line.compared_with = "p50, ms";
    line.value = absl::ToDoubleMilliseconds(line.p50);
    if (search.is_rare) line.at_most = kSearchMillis;
  }
  return absl::OkStatus();
}

}  // namespace perennial::bench
