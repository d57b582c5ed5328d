#include "perennial/testing/builders.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/text_format.h"
#include "perennial/v1/resource.pb.h"

namespace perennial::client {
namespace {

using v1::Opportunity;
using v1::Resource;

constexpr char kProduct[] = "products/plan";
constexpr char kCapability[] = "products/plan/capabilities/reports";
constexpr int kDaysPerStage = 10;

template <class Builder, class Change>
Builder With(Builder builder, Change change) {
  change(builder);
  return builder;
}

Resource Product() {
  Resource resource;
  v1::Product& product = *resource.mutable_product();
  product.set_name(kProduct);
  product.set_display_name("Plan");
  auto* capability = product.add_capabilities();
  capability->set_id("reports");
  capability->set_display_name("Reports");
  return resource;
}

class Seed {
 public:
  explicit Seed(absl::CivilDay day) : day_(day) { Add(Product()); }

  void Add(const SeedPart& part) {
    const auto* renewal = std::get_if<Renewal>(&part);
    Customer customer = renewal != nullptr ? renewal->customer : std::get<Customer>(part);
    if (customer.id.empty()) customer.id = absl::StrCat("customer-", ++unnamed_);
    const auto [count, is_new] = counts_.emplace(customer.id, 0);
    if (is_new) AddCustomer(customer);
    if (renewal == nullptr) return;
    const int number = ++count->second;
    AddRenewal(*renewal, absl::StrCat("accounts/", customer.id),
               number == 1 ? "" : absl::StrCat("-", number));
  }

  const std::string& text() const { return text_; }

 private:
  void Add(const Resource& resource) {
    std::string text;
    google::protobuf::TextFormat::PrintToString(resource, &text);
    absl::StrAppend(&text_, "resources {\n", text, "}\n");
  }

  int64_t Seconds(int days_before) const {
    return absl::ToUnixSeconds(absl::FromCivil(day_ - days_before, absl::UTCTimeZone()));
  }

  // Such that a term of twelve months ends so many days from now; a day later for a leap day.
  void SetStart(int due_in_days, v1::Date& start) const {
    absl::CivilDay end = day_ + due_in_days;
    if (end.month() == 2 && end.day() == 29) ++end;
    start.set_year(static_cast<int>(end.year()) - 1);
    start.set_month(end.month());
    start.set_day(end.day());
  }

  void AddCustomer(const Customer& customer) {
    Resource account_resource;
    v1::Account& account = *account_resource.mutable_account();
    account.set_name(absl::StrCat("accounts/", customer.id));
    account.set_display_name(customer.display_name.empty() ? customer.id : customer.display_name);
    account.set_segment(customer.segment_name);
    account.set_owner(customer.owner);
    Add(account_resource);
    Resource contact_resource;
    v1::Contact& decider = *contact_resource.mutable_contact();
    decider.set_name(absl::StrCat(account.name(), "/contacts/decider"));
    decider.set_display_name("Who decides");
    decider.add_roles(v1::Contact::DECISION_MAKER);
    decider.mutable_verify_time()->set_seconds(Seconds(1));
    Add(contact_resource);
  }

  void AddRenewal(const Renewal& renewal, const std::string& account, const std::string& suffix) {
    const std::string plan = absl::StrCat(account, "/subscriptions/plan", suffix);
    AddSubscription(renewal, plan);
    const int opened = kDaysPerStage * renewal.stage;
    Resource resource;
    Opportunity& opportunity = *resource.mutable_opportunity();
    opportunity.set_name(absl::StrCat(account, "/opportunities/renewal", suffix));
    opportunity.add_subscriptions(plan);
    opportunity.set_stage(renewal.stage);
    if (renewal.stage > Opportunity::UPSELL) {
      opportunity.set_no_expansion_reason("They have all that they need");
    }
    opportunity.mutable_open_time()->set_seconds(Seconds(opened));
    opportunity.mutable_stage_enter_time()->set_seconds(Seconds(kDaysPerStage));
    Add(resource);
    if (renewal.stage > Opportunity::OUTREACH) {
      AddTouch(account, absl::StrCat("call", suffix), opened - 5);
    }
    if (renewal.stage > Opportunity::ADOPTION_REVIEW) {
      AddReview(account, plan, opened - kDaysPerStage - 5);
    }
  }

  void AddSubscription(const Renewal& renewal, const std::string& name) {
    Resource resource;
    v1::Subscription& subscription = *resource.mutable_subscription();
    subscription.set_name(name);
    subscription.set_product(kProduct);
    subscription.set_seats(10);
    subscription.mutable_arr()->set_currency_code(renewal.currency);
    subscription.mutable_arr()->set_micros(renewal.units * 1'000'000);
    SetStart(renewal.due_in_days, *subscription.mutable_start_date());
    subscription.set_term_months(12);
    Add(resource);
  }

  void AddTouch(const std::string& account, const std::string& id, int days_before) {
    Resource resource;
    v1::Touch& touch = *resource.mutable_touch();
    touch.set_name(absl::StrCat(account, "/touches/", id));
    touch.set_channel(v1::PHONE);
    touch.set_direction(v1::Touch::OUTBOUND);
    touch.set_disposition(v1::Touch::CONNECTED);
    touch.set_intent(v1::Touch::GIVE);
    touch.add_contacts(absl::StrCat(account, "/contacts/decider"));
    touch.mutable_touch_time()->set_seconds(Seconds(days_before));
    Add(resource);
  }

  void AddReview(const std::string& account, const std::string& plan, int days_before) {
    Resource resource;
    v1::AdoptionReview& review = *resource.mutable_adoption_review();
    review.set_name(absl::StrCat(plan, "/adoptionReviews/review"));
    review.add_contacts(absl::StrCat(account, "/contacts/decider"));
    review.mutable_review_time()->set_seconds(Seconds(days_before));
    auto* outcome = review.add_outcomes();
    outcome->set_goal("What they bought it for");
    outcome->set_result(v1::AdoptionReview::ACHIEVED);
    auto* finding = review.add_capabilities();
    finding->set_capability(kCapability);
    finding->set_presented(true);
    Add(resource);
  }

  const absl::CivilDay day_;
  int unnamed_ = 0;
  std::map<std::string, int> counts_;
  std::string text_;
};

}  // namespace

Customer a_customer(std::string id) {
  return With(Customer(), [&](Customer& other) { other.id = std::move(id); });
}

Renewal a_renewal() { return Renewal(); }

Customer Customer::named(std::string name) const {
  return With(*this, [&](Customer& other) { other.display_name = std::move(name); });
}

Customer Customer::segment(std::string name) const {
  return With(*this, [&](Customer& other) { other.segment_name = std::move(name); });
}

Customer Customer::owned_by(std::string who) const {
  return With(*this, [&](Customer& other) { other.owner = std::move(who); });
}

Renewal Renewal::by(Customer whose) const {
  return With(*this, [&](Renewal& other) { other.customer = std::move(whose); });
}

Renewal Renewal::in(v1::Opportunity::Stage where) const {
  return With(*this, [&](Renewal& other) { other.stage = where; });
}

Renewal Renewal::of(int64_t whole_units, std::string of_currency) const {
  return With(*this, [&](Renewal& other) {
    other.units = whole_units;
    other.currency = std::move(of_currency);
  });
}

Renewal Renewal::due_in(int days) const {
  return With(*this, [&](Renewal& other) { other.due_in_days = days; });
}

std::string SeedText(absl::CivilDay day, const std::vector<SeedPart>& parts) {
  Seed seed(day);
  for (const SeedPart& part : parts) seed.Add(part);
  return seed.text();
}

}  // namespace perennial::client
