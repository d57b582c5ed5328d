// Walks through lists of any order, filter and page size: forward to the end and back again, also
// while others add and delete.

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using v1::Contact;
using v1::ListContactsRequest;
using v1::ListContactsResponse;
using Names = std::vector<std::string>;
using Pages = std::vector<ListContactsResponse>;

constexpr int kWalks = 25;

// The same numbers in every run.
class Random {
 public:
  explicit Random(uint32_t seed) : generator_(seed) {}
  int Below(int bound) { return static_cast<int>(generator_() % static_cast<uint32_t>(bound)); }
  const char* Of(const std::vector<const char*>& texts) {
    return texts[static_cast<size_t>(Below(static_cast<int>(texts.size())))];
  }

 private:
  std::mt19937 generator_;
};

Names NamesOn(const ListContactsResponse& page) {
  Names names;
  for (const Contact& contact : page.contacts()) names.push_back(contact.name());
  return names;
}

class PagingTest : public EngineTest {
 protected:
  std::string AddRandomContact(Customer& customer) {
    // Few and alike, so that many are level.
    return customer
        .AddContact(absl::StrCat(
            "display_name: '",
            random_.Of({"Ann Lee", "Ann", "ann lee", "Bo", "Lee Ann", "\u00c4nn", "Annabel"}),
            "' title: '", random_.Of({"", "CEO", "Head of Ann"}),
            "' stance: ", random_.Of({"SUPPORTER", "NEUTRAL", "CRITIC"}),
            " do_not_contact: ", random_.Of({"true", "false"})))
        .name();
  }

  ListContactsRequest RandomRequest(const Customer& customer) {
    ListContactsRequest request;
    request.set_parent(customer.account());
    request.set_filter(random_.Of({"", "", "stance = CRITIC OR title != \"\"", "search:ann",
                                   "search:\"an le\"", "NOT search:bo", "title = \"CEO\""}));
    request.set_order_by(
        random_.Of({"", "", "", "display_name", "display_name desc, stance", "stance desc, title",
                    "do_not_contact", "name desc", "title, create_time desc"}));
    request.set_page_size(1 + random_.Below(7));
    request.set_include_total_size(random_.Below(2) == 0);
    return request;
  }

  ListContactsResponse Page(const ListContactsRequest& request) {
    return Must(api().accounts.ListContacts.Page(request));
  }

  // From this page on; `between` runs before each further one.
  template <class Between>
  Pages Walk(ListContactsRequest request, bool back, Between between) {
    Pages pages;
    while (true) {
      pages.push_back(Page(request));
      request.set_page_token(back ? pages.back().previous_page_token()
                                  : pages.back().next_page_token());
      if (request.page_token().empty()) return pages;
      between();
    }
  }
  Pages Walk(const ListContactsRequest& request, bool back) {
    return Walk(request, back, [] {});
  }

  void Delete(const std::string& name) {
    v1::DeleteContactRequest request;
    request.set_name(name);
    Must(api().accounts.DeleteContact(request));
  }

  Random random_{2025};
};
INSTANTIATE_ON_EVERY_ENGINE(PagingTest);

TEST_P(PagingTest, GoesForwardAndBackOverTheSamePages) {
  Customer customer(api());
  for (int i = 0; i < 20; ++i) AddRandomContact(customer);
  int walked = 0;
  for (int i = 0; i < kWalks; ++i) {
    ListContactsRequest request = RandomRequest(customer);
    SCOPED_TRACE(request.ShortDebugString());
    const Pages pages = Walk(request, false);
    int rows = 0;
    for (const ListContactsResponse& page : pages) rows += page.contacts_size();
    for (const ListContactsResponse& page : pages) {
      EXPECT_EQ(page.total_size(), request.include_total_size() ? rows : 0);
      EXPECT_FALSE(page.total_size_exceeded());
      const bool is_last = &page == &pages.back();
      EXPECT_TRUE(is_last || page.contacts_size() == request.page_size());
    }
    EXPECT_EQ(pages.front().previous_page_token(), "");
    if (pages.size() == 1) continue;
    ++walked;
    request.set_page_token(pages.back().previous_page_token());
    ASSERT_NE(request.page_token(), "");
    Pages back = Walk(request, true);
    std::reverse(back.begin(), back.end());
    ASSERT_EQ(back.size() + 1, pages.size());
    for (size_t page = 0; page < back.size(); ++page) {
      ASSERT_EQ(NamesOn(back[page]), NamesOn(pages[page])) << page;
    }
  }
  EXPECT_GT(walked, kWalks / 2);
}

// Whatever was there all the time is seen once, in its place.
TEST_P(PagingTest, IsNotDisturbedByOthers) {
  for (const bool back : {false, true}) {
    for (int walk = 0; walk < 4; ++walk) {
      Customer customer(api());
      for (int i = 0; i < 12; ++i) AddRandomContact(customer);
      ListContactsRequest request = RandomRequest(customer);
      request.set_page_size(1 + random_.Below(3));
      SCOPED_TRACE(absl::StrCat(back, request.ShortDebugString()));
      Names before;
      for (const auto& page : Walk(request, false)) {
        for (const std::string& name : NamesOn(page)) before.push_back(name);
      }
      std::set<std::string> deleted;
      if (back) {
        const Pages pages = Walk(request, false);
        if (pages.size() == 1) continue;
        request.set_page_token(pages.back().previous_page_token());
        // Those on the last page are not come by any more.
        before.resize(before.size() - static_cast<size_t>(pages.back().contacts_size()));
      }
      const Pages pages = Walk(request, back, [&] {
        AddRandomContact(customer);
        const std::string& name =
            before[static_cast<size_t>(random_.Below(static_cast<int>(before.size())))];
        if (deleted.insert(name).second) Delete(name);
      });
      Names seen;
      for (const auto& page : pages) {
        Names names = NamesOn(page);
        if (back) std::reverse(names.begin(), names.end());
        seen.insert(seen.end(), names.begin(), names.end());
      }
      if (back) std::reverse(seen.begin(), seen.end());
      EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
      const auto only_those_that_stayed = [&](Names names) {
        names.erase(std::remove_if(names.begin(), names.end(),
                                   [&](const std::string& name) {
                                     return deleted.count(name) > 0 ||
                                            std::count(before.begin(), before.end(), name) == 0;
                                   }),
                    names.end());
        return names;
      };
      EXPECT_EQ(only_those_that_stayed(seen), only_those_that_stayed(before));
    }
  }
}

// All that a token led away from was deleted: it leads to an empty page, from which one gets back.
TEST_P(PagingTest, FindsBackFromWhereNothingIsLeft) {
  Customer customer(api());
  ListContactsRequest request;
  request.set_parent(customer.account());
  request.set_order_by("create_time, name");
  request.set_page_size(2);
  const Names first = NamesOn(Page(request));
  ASSERT_EQ(first.size(), 2u);
  const std::string later = AddRandomContact(customer);
  request.set_page_token(Page(request).next_page_token());
  const ListContactsResponse second = Page(request);
  EXPECT_EQ(NamesOn(second), Names{later});

  Delete(later);
  const ListContactsResponse nothing = Page(request);
  EXPECT_EQ(NamesOn(nothing), Names{});
  EXPECT_EQ(nothing.next_page_token(), "");
  request.set_page_token(nothing.previous_page_token());
  const ListContactsResponse again = Page(request);
  EXPECT_EQ(NamesOn(again), first);
  EXPECT_EQ(again.next_page_token(), "");
  EXPECT_EQ(again.previous_page_token(), "");
}

}  // namespace
}  // namespace perennial::conformance
