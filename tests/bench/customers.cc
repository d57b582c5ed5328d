#include "tests/bench/customers.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/money.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial::bench {
namespace {

constexpr int kTouches = 10;
constexpr int kContacts = 2;
constexpr int kOwners = 40;
constexpr int kLeadDays = 120;
constexpr char kProduct[] = "products/suite";

std::string Name(int i) { return absl::StrFormat("accounts/customer-%06d", i); }
std::string ContactName(int account, int contact) {
  return absl::StrCat(Name(account), "/contacts/person-", contact);
}

v1::Resource Product() {
  v1::Resource resource;
  resource.mutable_product()->set_name(kProduct);
  resource.mutable_product()->set_display_name("Suite");
  return resource;
}

}  // namespace

std::string Customers::Owner(int i) {
  return absl::StrCat("manager-", Pick(i, 1, kOwners), "@example.com");
}

google::protobuf::Timestamp Customers::DaysAgo(int days) const {
  return ToTimestamp(absl::FromCivil(today_ - days, absl::UTCTimeZone()));
}

absl::CivilDay Customers::TermEnd(int i) const { return today_ + 1 + Pick(i, 2, 364); }

v1::Resource Customers::Account(int i) const {
  static const char* const kSegments[] = {"enterprise", "mid-market", "small"};
  v1::Resource resource;
  v1::Account& account = *resource.mutable_account();
  account.set_name(Name(i));
  account.set_display_name(absl::StrCat("Customer ", i));
  account.set_segment(kSegments[Pick(i, 3, 3)]);
  account.set_owner(Owner(i));
  return resource;
}

v1::Resource Customers::Contact(int i) const {
  v1::Resource resource;
  v1::Contact& contact = *resource.mutable_contact();
  contact.set_name(ContactName(i / kContacts, i % kContacts));
  contact.set_display_name(absl::StrCat("Person ", i));
  contact.add_roles(i % kContacts == 0 ? v1::Contact::DECISION_MAKER : v1::Contact::BUSINESS_USER);
  if (Pick(i, 4, 3) > 0) *contact.mutable_verify_time() = DaysAgo(1 + Pick(i, 5, 300));
  return resource;
}

v1::Resource Customers::Subscription(int i) const {
  v1::Resource resource;
  v1::Subscription& subscription = *resource.mutable_subscription();
  subscription.set_name(Name(i) + "/subscriptions/term");
  subscription.set_product(kProduct);
  subscription.set_seats(10);
  *subscription.mutable_arr() = MakeMoney("EUR", int64_t{1000000} * (1000 + Pick(i, 6, 99000)));
  *subscription.mutable_start_date() = ToDate(AddMonths(TermEnd(i), -12));
  subscription.set_term_months(12);
  return resource;
}

v1::Resource Customers::Renewal(int i) const {
  v1::Resource resource;
  v1::Opportunity& opportunity = *resource.mutable_opportunity();
  const absl::CivilDay due = AddMonths(TermEnd(i), -12);
  const bool churned = Pick(i, 7, 100) < 12;
  opportunity.set_name(Name(i) + "/opportunities/last");
  opportunity.add_subscriptions(Name(i) + "/subscriptions/term");
  opportunity.set_stage(churned ? v1::Opportunity::OUTREACH : v1::Opportunity::RENEWAL);
  opportunity.set_outcome(churned ? v1::Opportunity::CHURNED : v1::Opportunity::RENEWED);
  if (churned) opportunity.set_churn_reason(v1::PRICE);
  *opportunity.mutable_arr() = MakeMoney("EUR", int64_t{1000000} * (1000 + Pick(i, 6, 99000)));
  *opportunity.mutable_closed_arr() = MakeMoney("EUR", churned ? 0 : opportunity.arr().micros());
  *opportunity.mutable_renewal_date() = ToDate(due);
  const auto on = [](absl::CivilDay day) {
    return ToTimestamp(absl::FromCivil(day, absl::UTCTimeZone()));
  };
  *opportunity.mutable_open_time() = on(due - kLeadDays);
  *opportunity.mutable_close_time() = on(due - 1 - Pick(i, 8, 20));
  if (Pick(i, 9, 100) < 70) {
    opportunity.set_reached(true);
    *opportunity.mutable_reach_time() = on(due - 30 - Pick(i, 10, 80));
  }
  return resource;
}

v1::Resource Customers::Touch(int i) const {
  const int account = i / kTouches;
  v1::Resource resource;
  v1::Touch& touch = *resource.mutable_touch();
  touch.set_name(absl::StrCat(Name(account), "/touches/t", i % kTouches));
  touch.set_channel(static_cast<v1::Channel>(1 + Pick(i, 11, 4)));
  touch.set_direction(Pick(i, 12, 4) == 0 ? v1::Touch::INBOUND : v1::Touch::OUTBOUND);
  touch.add_contacts(ContactName(account, Pick(i, 13, kContacts)));
  touch.set_disposition(Pick(i, 14, 2) == 0
                            ? v1::Touch::CONNECTED
                            : static_cast<v1::Touch::Disposition>(2 + Pick(i, 15, 6)));
  touch.set_intent(static_cast<v1::Touch::Intent>(1 + Pick(i, 16, 4)));
  *touch.mutable_touch_time() = DaysAgo(1 + Pick(i, 17, 720));
  touch.set_summary("Talked about what is new for their industry");
  return resource;
}

std::vector<World::Rows> Customers::Import() const {
  return {
      {1, [](int) { return Product(); }},
      {count_, [this](int i) { return Account(i); }},
      {kContacts * count_, [this](int i) { return Contact(i); }},
      {count_, [this](int i) { return Subscription(i); }},
      {count_, [this](int i) { return Renewal(i); }},
      {kTouches * count_, [this](int i) { return Touch(i); }},
  };
}

std::vector<std::string> Customers::TouchRequests(size_t count) const {
  std::vector<std::string> requests;
  for (size_t i = 0; i < count; ++i) {
    const int number = static_cast<int>(i);
    const int account = Pick(number, 18, count_);
    v1::CreateTouchRequest request;
    request.set_parent(Name(account));
    *request.mutable_touch() = Touch(kTouches * account + number % kTouches).touch();
    request.mutable_touch()->clear_name();
    request.mutable_touch()->clear_touch_time();
    request.set_request_id(NewRequestId());
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

}  // namespace perennial::bench
