// Filters and orders over random resources: what SQLite answers to their SQL is what they say
// about the messages themselves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/api/filter.h"
#include "lib/api/order_by.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/api/search_text.h"
#include "lib/base/date.h"
#include "perennial/v1/common.pb.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Reflection;

constexpr int kRows = 60;
constexpr int kFilters = 120;
constexpr int kOrders = 25;

// The same numbers in every run.
class Random {
 public:
  explicit Random(uint32_t seed) : generator_(seed) {}
  int Below(int bound) { return static_cast<int>(generator_() % bound); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <typename T>
  const T& Of(const std::vector<T>& values) {
    return values[Below(static_cast<int>(values.size()))];
  }

 private:
  std::mt19937 generator_;
};

// Few and alike, so that comparisons come out either way.
const std::vector<std::string>& Texts() {
  static const auto* texts = new std::vector<std::string>{
      "",  "a",  "A",    "ab", "ba", "aba", "b a", "\u00e9", "a\u00e9",  "\u20ac\U0001f600",
      "%", "_b", "a\nb", "'",  "\"", "\\",  "a*",  "=",      "tier=gold"};
  return *texts;
}
const std::vector<std::string>& Lines() {
  static const auto* lines =
      new std::vector<std::string>{"a", "ab", "b", "\u00e9", "a=b", "gold", "=", "'"};
  return *lines;
}
const std::vector<std::string>& LabelKeys() {
  static const auto* keys = new std::vector<std::string>{"tier", "tie", "r", "a-b"};
  return *keys;
}
const std::vector<std::string>& Dates() {
  static const auto* dates =
      new std::vector<std::string>{"1900-01-01", "1969-12-31", "2024-02-29", "2025-01-31"};
  return *dates;
}

int RandomEnum(const google::protobuf::EnumDescriptor& type, Random& random) {
  return type.value(random.Below(std::min(type.value_count(), 4)))->number();
}

void SetSub(Message& message, const Field& field, const Message& value) {
  message.GetReflection()->MutableMessage(&message, field.descriptor)->CopyFrom(value);
}

void AddElement(Message& message, const Field& field, Random& random) {
  const Reflection& reflection = *message.GetReflection();
  if (field.enum_type == nullptr) {
    reflection.AddString(&message, field.descriptor, random.Of(Lines()));
  } else if (const int value = RandomEnum(*field.enum_type, random); value != 0) {
    reflection.AddEnumValue(&message, field.descriptor, value);
  }
}

void AddEntry(Message& message, const Field& field, Random& random) {
  Message& entry = *message.GetReflection()->AddMessage(&message, field.descriptor);
  const Descriptor& type = *entry.GetDescriptor();
  entry.GetReflection()->SetString(&entry, type.map_key(), random.Of(LabelKeys()));
  entry.GetReflection()->SetString(&entry, type.map_value(), random.Of(Lines()));
}

void SetInteger(Message& message, const Field& field, int value) {
  const Reflection& reflection = *message.GetReflection();
  if (field.descriptor->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    reflection.SetInt32(&message, field.descriptor, value);
  } else {
    reflection.SetInt64(&message, field.descriptor, value);
  }
}

void SetRandomly(Message& message, const Field& field, Random& random) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* descriptor = field.descriptor;
  const int number = random.Below(5) - 2;
  switch (field.kind) {
    case FieldKind::kText:
      return reflection.SetString(&message, descriptor, random.Of(Texts()));
    case FieldKind::kBool:
      return reflection.SetBool(&message, descriptor, random.OneIn(2));
    case FieldKind::kInteger:
      return SetInteger(message, field, number);
    case FieldKind::kReal:
      return reflection.SetDouble(&message, descriptor, number / 2.0);
    case FieldKind::kEnum:
      return reflection.SetEnumValue(&message, descriptor, RandomEnum(*field.enum_type, random));
    case FieldKind::kDate:
      return SetSub(message, field, ParseDate(random.Of(Dates())).value());
    case FieldKind::kTime:
      return SetSub(message, field, ToTimestamp(ParseTime(random.Of(Dates())).value()));
    case FieldKind::kMoney: {
      v1::Money money;
      money.set_currency_code(random.OneIn(2) ? "USD" : "EUR");
      money.set_micros(number * 500'000);
      return SetSub(message, field, money);
    }
    case FieldKind::kSet:
      for (int i = random.Below(3); i > 0; --i) AddElement(message, field, random);
      return;
    case FieldKind::kMap:
      for (int i = random.Below(3); i > 0; --i) AddEntry(message, field, random);
      return;
    case FieldKind::kSearch:
      return;  // follows from others
  }
}

std::vector<const Field*> AllFields(const FieldTable& table) {
  std::vector<const Field*> fields;
  for (const Field& field : table.fields()) fields.push_back(&field);
  for (const char* path : {"name", "create_time", "update_time"}) {
    fields.push_back(table.Find(path));
  }
  return fields;
}

std::unique_ptr<Message> RandomResource(const FieldTable& table, int row, Random& random) {
  std::unique_ptr<Message> message(
      MessageFactory::generated_factory()->GetPrototype(&table.message())->New());
  for (const Field* field : AllFields(table)) {
    if (field->descriptor == nullptr || random.OneIn(3)) continue;
    Message* holder = field->within == nullptr
                          ? message.get()
                          : message->GetReflection()->MutableMessage(message.get(), field->within);
    SetRandomly(*holder, *field, random);
  }
  const std::string name = absl::StrCat("accounts/", random.Below(3), "/things/", row);
  message->GetReflection()->SetString(message.get(), table.Find("name")->descriptor, name);
  return message;
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string RandomComparator(Random& random) {
  return random.Of(std::vector<std::string>{" = ", " != ", " < ", " <= ", " > ", " >= "});
}

std::string RandomEquality(Random& random) { return random.OneIn(2) ? " = " : " != "; }

std::string EnumName(const Field& field, Random& random) {
  return field.enum_type->FindValueByNumber(RandomEnum(*field.enum_type, random))->name();
}

std::string TextComparison(const std::string& path, Random& random) {
  const std::string& text = random.Of(Texts());
  switch (random.Below(4)) {
    case 0:
      return absl::StrCat(path, ":", Quoted(text));
    case 1:
      return absl::StrCat(path, RandomEquality(random), Quoted(absl::StrCat("*", text)));
    case 2:
      return absl::StrCat(path, RandomEquality(random), Quoted(absl::StrCat(text, "*")));
    default:
      return absl::StrCat(path, RandomComparator(random), Quoted(text));
  }
}

std::string MapComparison(const std::string& path, Random& random) {
  const std::string& key = random.Of(LabelKeys());
  if (random.OneIn(3)) return absl::StrCat(path, ":", key);
  if (random.OneIn(3)) return absl::StrCat(path, ".", key, ":*");
  return absl::StrCat(path, ".", key, RandomEquality(random), Quoted(random.Of(Lines())));
}

std::string MoneyComparison(const std::string& path, Random& random) {
  const int number = random.Below(5) - 2;
  if (random.OneIn(4)) return absl::StrCat(path, ".currency_code", RandomEquality(random), "USD");
  if (random.OneIn(3)) {
    return absl::StrCat(path, ".micros", RandomComparator(random), number * 500'000);
  }
  return absl::StrCat(path, RandomComparator(random), number / 2.0);
}

std::string RandomComparison(const FieldTable& table, Random& random) {
  const Field& field = *random.Of(AllFields(table));
  const std::string& path = field.path;
  const int number = random.Below(5) - 2;
  if (random.OneIn(6)) return absl::StrCat(path, ":*");
  switch (field.kind) {
    case FieldKind::kText:
      return TextComparison(path, random);
    case FieldKind::kBool:
      return absl::StrCat(path, RandomEquality(random), random.OneIn(2) ? "true" : "false");
    case FieldKind::kInteger:
      return absl::StrCat(path, RandomComparator(random), number);
    case FieldKind::kReal:
      return absl::StrCat(path, RandomComparator(random), number / 2.0);
    case FieldKind::kEnum:
      return absl::StrCat(path, RandomEquality(random), EnumName(field, random));
    case FieldKind::kDate:
    case FieldKind::kTime:
      return absl::StrCat(path, RandomComparator(random), random.Of(Dates()));
    case FieldKind::kMoney:
      return MoneyComparison(path, random);
    case FieldKind::kSet:
      if (field.enum_type == nullptr) return absl::StrCat(path, ":", Quoted(random.Of(Lines())));
      return absl::StrCat(path, ":", field.enum_type->value(1 + random.Below(2))->name());
    case FieldKind::kMap:
      return MapComparison(path, random);
    case FieldKind::kSearch:
      return absl::StrCat(path, ":",
                          Quoted(absl::StrCat(random.OneIn(2) ? "A " : "",
                                              random.Of(std::vector<std::string>{
                                                  "a", "ab", "b", "\u00e9", "go", "t"}))));
  }
  return "";
}

std::string RandomFilter(const FieldTable& table, int depth, Random& random) {
  if (depth == 0 || random.OneIn(3)) return RandomComparison(table, random);
  const std::string left = RandomFilter(table, depth - 1, random);
  if (random.OneIn(3)) return absl::StrCat(random.OneIn(2) ? "NOT (" : "-(", left, ")");
  const std::string joint = random.Of(std::vector<std::string>{" AND ", " OR ", " "});
  return absl::StrCat("(", left, joint, RandomFilter(table, depth - 1, random), ")");
}

std::string RandomOrder(const FieldTable& table, Random& random) {
  std::vector<const Field*> fields = AllFields(table);
  std::vector<std::string> terms;
  for (int i = random.Below(4); i > 0 && !fields.empty(); --i) {
    const int index = random.Below(static_cast<int>(fields.size()));
    const std::string term = absl::StrCat(fields[index]->path, random.OneIn(2) ? " desc" : "");
    if (OrderBy::Parse(term, table).ok()) terms.push_back(term);
    fields.erase(fields.begin() + index);
  }
  return absl::StrJoin(terms, ", ");
}

// A table in memory with the columns of a resource.
class Table {
 public:
  explicit Table(const FieldTable& fields) : fields_(fields) {
    EXPECT_EQ(sqlite3_open(":memory:", &database_), SQLITE_OK);
    Run("CREATE TABLE external_ids (resource_type, system_key, external_id, name)", {});
    Run("CREATE TABLE search_words (resource_type, word, name)", {});
  }
  ~Table() { sqlite3_close(database_); }

  void Insert(const Message& message) {
    std::vector<std::string> columns;
    std::vector<FieldValue> values;
    for (const Field* field : AllFields(fields_)) {
      columns.insert(columns.end(), field->columns.begin(), field->columns.end());
      AppendFieldValues(message, *field, values);
    }
    if (!made_) Run(absl::StrCat("CREATE TABLE t (", Definitions(columns, values), ")"), {});
    made_ = true;
    const std::vector<std::string> marks(columns.size(), "?");
    Run(absl::StrCat("INSERT INTO t (", absl::StrJoin(columns, ", "), ") VALUES (",
                     absl::StrJoin(marks, ", "), ")"),
        values);
    if (fields_.has_indexed_search()) InsertWords(message);
    for (const Field* field : AllFields(fields_)) {
      if (field->descriptor != nullptr && RulesOf(*field->descriptor).identity()) {
        InsertIdentities(message, *field->descriptor);
      }
    }
  }

  void InsertWords(const Message& message) {
    std::vector<FieldValue> values;
    AppendFieldValues(message, *fields_.Find("search"), values);
    const std::string& search_text = std::get<std::string>(values[0]);
    const std::string name = message.GetReflection()->GetString(
        message, message.GetDescriptor()->FindFieldByName("name"));
    for (const absl::string_view word :
         absl::StrSplit(search_text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
      Run("INSERT INTO search_words VALUES (?, ?, ?)",
          {message.GetDescriptor()->name(), std::string(word), name});
    }
  }

  // As the store keeps them.
  void InsertIdentities(const Message& message, const FieldDescriptor& field) {
    const auto* reflection = message.GetReflection();
    const std::string name =
        reflection->GetString(message, message.GetDescriptor()->FindFieldByName("name"));
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, &field, i);
      const auto text = [&](const FieldDescriptor* part) {
        return entry.GetReflection()->GetString(entry, part);
      };
      Run("INSERT INTO external_ids VALUES (?, ?, ?, ?)",
          {message.GetDescriptor()->name(), text(field.message_type()->map_key()),
           text(field.message_type()->map_value()), name});
    }
  }

  // The first column of each row of the answer.
  std::vector<std::string> Run(const std::string& sql, const std::vector<FieldValue>& binds) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(database_);
    for (size_t i = 0; i < binds.size(); ++i) {
      BindValue(statement, static_cast<int>(i) + 1, binds[i]);
    }
    std::vector<std::string> names;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    }
    EXPECT_EQ(sqlite3_finalize(statement), SQLITE_OK) << sqlite3_errmsg(database_);
    return names;
  }

 private:
  static std::string Definitions(const std::vector<std::string>& columns,
                                 const std::vector<FieldValue>& values) {
    constexpr const char* kTypes[] = {" INTEGER NOT NULL", " REAL NOT NULL", " TEXT NOT NULL"};
    std::vector<std::string> definitions;
    for (size_t i = 0; i < columns.size(); ++i) {
      definitions.push_back(absl::StrCat(columns[i], kTypes[values[i].index()]));
    }
    return absl::StrJoin(definitions, ", ");
  }

  static void BindValue(sqlite3_stmt* statement, int index, const FieldValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      sqlite3_bind_text(statement, index, text->data(), static_cast<int>(text->size()),
                        SQLITE_TRANSIENT);
    } else if (const auto* real = std::get_if<double>(&value)) {
      sqlite3_bind_double(statement, index, *real);
    } else {
      sqlite3_bind_int64(statement, index, std::get<int64_t>(value));
    }
  }

  const FieldTable& fields_;
  sqlite3* database_ = nullptr;
  bool made_ = false;
};

class QueryPropertyTest : public ::testing::TestWithParam<const Descriptor*> {
 protected:
  void SetUp() override {
    for (int i = 0; i < kRows; ++i) {
      rows_.push_back(RandomResource(fields_, i, random_));
      database_.Insert(*rows_.back());
    }
  }

  std::string NameOf(const Message& row) const {
    return row.GetReflection()->GetString(row, fields_.Find("name")->descriptor);
  }

  const FieldTable& fields_ = FieldTable::Of(*GetParam());
  Random random_{2025};
  Table database_{fields_};
  std::vector<std::unique_ptr<Message>> rows_;
};

TEST_P(QueryPropertyTest, SqlFindsWhatTheFilterMatches) {
  int mixed = 0;
  for (int i = 0; i < kFilters; ++i) {
    const std::string text = RandomFilter(fields_, 4, random_);
    const absl::StatusOr<Filter> filter = Filter::Parse(text, fields_);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status();
    const SqlCondition condition = filter->ToSql();
    std::vector<std::string> matched;
    for (const auto& row : rows_) {
      if (filter->Matches(*row)) matched.push_back(NameOf(*row));
    }
    const std::vector<std::string> found =
        database_.Run(absl::StrCat("SELECT name FROM t WHERE ", condition.sql), condition.binds);
    EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(matched)) << text;
    mixed += !matched.empty() && matched.size() < rows_.size();
  }
  // Otherwise the filters or rows above are too plain to show anything.
  EXPECT_GT(mixed, kFilters / 3);
}

TEST_P(QueryPropertyTest, PagingVisitsEveryRowOnceInOrder) {
  std::map<std::string, const Message*> by_name;
  for (const auto& row : rows_) by_name[NameOf(*row)] = row.get();
  for (int i = 0; i < kOrders; ++i) {
    const std::string text = RandomOrder(fields_, random_);
    absl::StatusOr<OrderBy> order = OrderBy::Parse(text, fields_);
    ASSERT_TRUE(order.ok()) << text << ": " << order.status();
    if (fields_.Find("search") != nullptr && random_.OneIn(3)) {
      const std::vector<std::string> words = SearchWords(random_.OneIn(2) ? "a" : "gold ab");
      order = OrderBy::BestMatch(words, fields_);
    }
    // From behind, half of the time.
    if (random_.OneIn(2)) order = order->Reversed();
    std::vector<const Message*> sorted;
    for (const auto& row : rows_) sorted.push_back(row.get());
    std::sort(sorted.begin(), sorted.end(),
              [&](const Message* a, const Message* b) { return order->Less(*a, *b); });
    std::vector<std::string> expected;
    for (const Message* row : sorted) expected.push_back(NameOf(*row));

    std::vector<std::string> visited;
    SqlCondition after{"1 = 1", {}};
    while (visited.size() <= rows_.size()) {
      const int limit = 1 + random_.Below(10);
      const SqlCondition by = order->ToSql();
      after.binds.insert(after.binds.end(), by.binds.begin(), by.binds.end());
      const std::vector<std::string> page =
          database_.Run(absl::StrCat("SELECT name FROM t WHERE ", after.sql, " ORDER BY ", by.sql,
                                     " LIMIT ", limit),
                        after.binds);
      if (page.empty()) break;
      visited.insert(visited.end(), page.begin(), page.end());
      const std::vector<FieldValue> key = order->KeyOf(*by_name[page.back()]);
      ASSERT_TRUE(IsOfShape(key, order->KeyShape()));
      after = order->After(key);
    }
    EXPECT_EQ(visited, expected) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Resources, QueryPropertyTest, ::testing::ValuesIn(AllResources()),
                         [](const auto& parameter) { return parameter.param->name(); });

}  // namespace
}  // namespace perennial
