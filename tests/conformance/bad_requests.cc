#include "tests/conformance/bad_requests.h"

#include <google/protobuf/timestamp.pb.h>

#include <functional>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "perennial/v1/common.pb.h"

namespace perennial::conformance {
namespace {

using google::protobuf::Reflection;
using google::protobuf::Timestamp;

constexpr int kDefaultMaxLength = 200;
constexpr int kDefaultMaxItems = 100;
constexpr int kUnknownEnumValue = 99;
constexpr int kTooLongForAnything = 5000;

// One step on the way to a sub-message.
struct Step {
  const FieldDescriptor* field;
  int index;  // -1 where it is not repeated
};

// Goes through a request and collects its bad variants.
class Breaker {
 public:
  explicit Breaker(const Message& good) : good_(good) {}

  std::vector<BadRequest> Run() {
    BreakMessage(good_, "");
    return std::move(bad_);
  }

 private:
  using Mutation = std::function<void(Message& message)>;

  // A copy of the request, changed in the message that the steps lead to.
  void Add(const std::string& field, const std::string& what, const Mutation& mutate) {
    MessagePtr request = Copy(good_);
    Message* message = request.get();
    for (const Step& step : steps_) {
      const Reflection* reflection = message->GetReflection();
      message = step.index < 0
                    ? reflection->MutableMessage(message, step.field)
                    : reflection->MutableRepeatedMessage(message, step.field, step.index);
    }
    mutate(*message);
    bad_.push_back({field, what, std::move(request)});
  }

  void BreakMessage(const Message& message, const std::string& path) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (RulesOf(field).output_only()) continue;
      BreakField(message, field,
                 path.empty() ? field.name() : absl::StrCat(path, ".", field.name()));
    }
  }

  void BreakField(const Message& message, const FieldDescriptor& field, const std::string& path) {
    if (RulesOf(field).required()) {
      Add(path, "missing", [&](Message& m) { m.GetReflection()->ClearField(&m, &field); });
    }
    if (field.is_map()) return BreakLabels(field, path);
    if (!field.is_repeated()) return BreakValue(message, field, -1, path);
    const Reflection& reflection = *message.GetReflection();
    if (reflection.FieldSize(message, &field) == 0) return;
    Add(path, "too many", [&](Message& m) { Multiply(field, m); });
    BreakValue(message, field, 0, path + "[0]");
  }

  static void Multiply(const FieldDescriptor& field, Message& message) {
    const int most = RulesOf(field).max_items() > 0 ? RulesOf(field).max_items() : kDefaultMaxItems;
    const Reflection& reflection = *message.GetReflection();
    while (reflection.FieldSize(message, &field) <= most) {
      if (field.message_type() != nullptr) {
        Message& added = *reflection.AddMessage(&message, &field);
        added.CopyFrom(reflection.GetRepeatedMessage(message, &field, 0));
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        reflection.AddString(&message, &field, reflection.GetRepeatedString(message, &field, 0));
      } else {
        reflection.AddEnumValue(&message, &field,
                                reflection.GetRepeatedEnumValue(message, &field, 0));
      }
    }
  }

  void BreakLabels(const FieldDescriptor& field, const std::string& path) {
    const auto add = [&](const std::string& at, const std::string& what, const std::string& key,
                         const std::string& value) {
      Add(at, what, [&](Message& m) { AddLabel(field, key, value, m); });
    };
    const std::string too_long(RulesOf(field).max_length() + 1, 'x');
    add(path, "bad key", "Bad Key", "gold");
    add(path + ".size", "too long", "size", too_long);
    add(path + ".size", "line break", "size", "a\nb");
    Add(path, "too many", [&](Message& m) {
      for (int i = 0; i <= RulesOf(field).max_items(); ++i) {
        AddLabel(field, absl::StrCat("key", i), "value", m);
      }
    });
  }

  static void AddLabel(const FieldDescriptor& field, const std::string& key,
                       const std::string& value, Message& message) {
    Message& entry = *message.GetReflection()->AddMessage(&message, &field);
    SetText(entry, "key", key);
    SetText(entry, "value", value);
  }

  void BreakValue(const Message& message, const FieldDescriptor& field, int index,
                  const std::string& path) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return BreakText(field, index, path);
      case FieldDescriptor::CPPTYPE_ENUM:
        return AddEnum(field, index, path);
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
        return BreakNumber(field, path);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return BreakSubMessage(message, field, index, path);
      default:
        return;
    }
  }

  void AddText(const FieldDescriptor& field, int index, const std::string& path,
               const std::string& what, const std::string& text) {
    Add(path, what, [&](Message& m) {
      if (index < 0) m.GetReflection()->SetString(&m, &field, text);
      if (index >= 0) m.GetReflection()->SetRepeatedString(&m, &field, index, text);
    });
  }

  void BreakText(const FieldDescriptor& field, int index, const std::string& path) {
    const bool is_request = absl::EndsWith(field.containing_type()->name(), "Request");
    const v1::FieldRules& rules = RulesOf(field);
    AddText(field, index, path, "control character", "a\x01z");
    if (index >= 0) AddText(field, index, path, "empty element", "");
    if (!rules.reference().empty()) {
      AddText(field, index, path, "no resource name", "nonsense");
      AddText(field, index, path, "another type's name", "nobody/here");
    } else if (is_request && absl::EndsWith(field.name(), "_id") &&
               !absl::EndsWith(field.name(), "request_id")) {
      for (const char* id : {"Upper", "-a", "a-", "a_b", "a/b", "\u00e4", " "}) {
        AddText(field, index, path, "bad id", id);
      }
      AddText(field, index, path, "too long an id", std::string(64, 'a'));
    } else if (absl::EndsWith(field.name(), "request_id") || field.name() == "run") {
      AddText(field, index, path, "too long", std::string(101, 'a'));
      AddText(field, index, path, "not ASCII", "\u00e4");
    } else {
      // A name may be longer than other texts, but its form is checked by who looks it up.
      const bool is_name = field.name() == "name" || field.name() == "parent";
      const int most = rules.max_length() > 0 ? rules.max_length() : kDefaultMaxLength;
      const int length = is_name ? kTooLongForAnything : most + 1;
      AddText(field, index, path, "too long", std::string(length, 'x'));
    }
  }

  void AddEnum(const FieldDescriptor& field, int index, const std::string& path) {
    Add(path, "unknown value", [&](Message& m) {
      if (index < 0) m.GetReflection()->SetEnumValue(&m, &field, kUnknownEnumValue);
      if (index >= 0) {
        m.GetReflection()->SetRepeatedEnumValue(&m, &field, index, kUnknownEnumValue);
      }
    });
    if (index < 0) return;
    Add(path, "unspecified element",
        [&](Message& m) { m.GetReflection()->SetRepeatedEnumValue(&m, &field, index, 0); });
  }

  void BreakNumber(const FieldDescriptor& field, const std::string& path) {
    const v1::FieldRules& rules = RulesOf(field);
    const auto add = [&](const char* what, int64_t value) {
      Add(path, what, [&](Message& m) {
        const bool is_small = field.cpp_type() == FieldDescriptor::CPPTYPE_INT32;
        if (is_small) m.GetReflection()->SetInt32(&m, &field, static_cast<int32_t>(value));
        if (!is_small) m.GetReflection()->SetInt64(&m, &field, value);
      });
    };
    if (rules.has_minimum()) add("too small", rules.minimum() - 1);
    if (rules.has_maximum()) add("too large", rules.maximum() + 1);
  }

  void BreakSubMessage(const Message& message, const FieldDescriptor& field, int index,
                       const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    const Descriptor& type = *field.message_type();
    // As in the way of every variant, it is there then.
    steps_.push_back({&field, index});
    if (&type == v1::Date::descriptor()) {
      BreakDate(path);
    } else if (&type == v1::Money::descriptor()) {
      BreakMoney(path);
    } else if (&type == Timestamp::descriptor()) {
      BreakTime(path);
    } else if (type.file()->package() != "google.protobuf" &&
               (index >= 0 || reflection.HasField(message, &field))) {
      BreakMessage(index < 0 ? reflection.GetMessage(message, &field)
                             : reflection.GetRepeatedMessage(message, &field, index),
                   path);
    }
    steps_.pop_back();
  }

  void BreakDate(const std::string& path) {
    const auto add = [&](int year, int month, int day) {
      Add(path, absl::StrCat("no day: ", year, "-", month, "-", day), [&](Message& m) {
        auto& date = static_cast<v1::Date&>(m);
        date.set_year(year);
        date.set_month(month);
        date.set_day(day);
      });
    };
    add(2025, 2, 29);
    add(2025, 13, 1);
    add(2025, 1, 0);
    add(1899, 12, 31);
    add(2201, 1, 1);
    add(2025, 0, 0);
    add(0, 0, 0);
  }

  void BreakMoney(const std::string& path) {
    const auto add = [&](const char* field, const char* what, const char* currency,
                         int64_t micros) {
      Add(absl::StrCat(path, ".", field), what, [&](Message& m) {
        static_cast<v1::Money&>(m).set_currency_code(currency);
        static_cast<v1::Money&>(m).set_micros(micros);
      });
    };
    add("currency_code", "lower case", "usd", 1'000'000);
    add("currency_code", "too short", "US", 1'000'000);
    add("currency_code", "no currency", "", 1'000'000);
    add("micros", "too much", "USD", 1'000'000'000'000'010'000);
    add("micros", "too little", "USD", -1'000'000'000'000'010'000);
    add("micros", "half a yen", "JPY", 500'000);
    add("micros", "a fraction of a cent", "USD", 1'001'000);
  }

  void BreakTime(const std::string& path) {
    const auto add = [&](const char* what, int64_t seconds, int32_t nanos) {
      Add(path, what, [&](Message& m) {
        static_cast<Timestamp&>(m).set_seconds(seconds);
        static_cast<Timestamp&>(m).set_nanos(nanos);
      });
    };
    add("before 1900", -2'208'988'801, 0);
    add("after 9999", 253'402'300'800, 0);
    add("less than no nanoseconds", 0, -1);
    add("a second of nanoseconds", 0, 1'000'000'000);
  }

  const Message& good_;
  std::vector<Step> steps_;
  std::vector<BadRequest> bad_;
};

}  // namespace

std::vector<BadRequest> BreakEveryRule(const Message& good) { return Breaker(good).Run(); }

}  // namespace perennial::conformance
