#include "lib/storage/account_summary.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"
#include "lib/storage/tx.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

namespace {

constexpr size_t kAccountFields = 32;

// The field of the summary that each field of an account becomes, by its number; null for none.
// Both are a text, or labels: their values are the same bytes.
const std::array<const FieldDescriptor*, kAccountFields>& SummaryFields() {
  static const auto& fields = *[] {
    auto* by_number = new std::array<const FieldDescriptor*, kAccountFields>{};
    const Descriptor& summary = *v1::AccountSummary::descriptor();
    for (int i = 0; i < summary.field_count(); ++i) {
      const FieldDescriptor& field = *summary.field(i);
      const int number = v1::Account::descriptor()->FindFieldByName(field.name())->number();
      by_number->at(static_cast<size_t>(number)) = &field;
    }
    return by_number;
  }();
  return fields;
}

CodedInputStream InputOf(absl::string_view bytes) {
  return CodedInputStream(reinterpret_cast<const uint8_t*>(bytes.data()),
                          static_cast<int>(bytes.size()));
}

// A serialized AccountSummary.
std::string SummaryOf(absl::string_view account) {
  std::string summary;
  CodedInputStream input = InputOf(account);
  while (const uint32_t tag = input.ReadTag()) {
    const auto number = static_cast<size_t>(WireFormatLite::GetTagFieldNumber(tag));
    const FieldDescriptor* field = number < kAccountFields ? SummaryFields()[number] : nullptr;
    if (field == nullptr) {
      if (!WireFormatLite::SkipField(&input, tag)) break;
      continue;
    }
    uint32_t size = 0;
    if (!input.ReadVarint32(&size)) break;
    const auto begin = static_cast<size_t>(input.CurrentPosition());
    if (!input.Skip(static_cast<int>(size))) break;
    AppendField(*field, account.substr(begin, size), summary);
  }
  return summary;
}

// A resource in an answer whose summary is to be filled in.
struct Gap {
  Message* resource;
  const FieldDescriptor* summary;
};
using Gaps = absl::flat_hash_map<std::string, std::vector<Gap>>;  // by account

const FieldDescriptor* SummaryOfType(const Descriptor& type) {
  return IsResource(type) ? FieldTable::Of(type).summary() : nullptr;
}

void Add(Message& resource, const FieldDescriptor& summary, Gaps& gaps) {
  const Reflection& reflection = *resource.GetReflection();
  if (reflection.HasField(resource, &summary)) return;
  const std::string name =
      reflection.GetString(resource, resource.GetDescriptor()->FindFieldByName("name"));
  const absl::string_view account = AccountOf(name);
  if (!account.empty()) gaps[std::string(account)].push_back({&resource, &summary});
}

void FindGaps(Message& message, Gaps& gaps) {
  const Descriptor& type = *message.GetDescriptor();
  // What a change has is of its own time.
  if (type.file()->package() != v1::Change::descriptor()->file()->package() ||
      &type == v1::Change::descriptor()) {
    return;
  }
  if (const FieldDescriptor* summary = SummaryOfType(type)) return Add(message, *summary, gaps);
  if (IsResource(type)) return;
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    if (!field->is_repeated()) {
      FindGaps(*reflection.MutableMessage(&message, field), gaps);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      FindGaps(*reflection.MutableRepeatedMessage(&message, field, i), gaps);
    }
  }
}

absl::Status FillIn(absl::string_view account, const std::vector<Gap>& gaps) {
  const std::string bytes = SummaryOf(account);
  for (const Gap& gap : gaps) {
    Message& summary = *gap.resource->GetReflection()->MutableMessage(gap.resource, gap.summary);
    if (!summary.ParseFromString(bytes)) return absl::InternalError("no summary");
  }
  return absl::OkStatus();
}

std::vector<std::string> AccountsOf(const Gaps& gaps) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : gaps) names.push_back(name);
  return names;
}

}  // namespace

void AppendSummary(const FieldDescriptor& summary, absl::string_view account,
                   std::string& resource) {
  AppendField(summary, SummaryOf(account), resource);
}

void SetSummary(const v1::Account& account, Message& resource) {
  const FieldDescriptor* summary = SummaryOfType(*resource.GetDescriptor());
  if (summary == nullptr) return;
  Message& message = *resource.GetReflection()->MutableMessage(&resource, summary);
  message.ParseFromString(SummaryOf(SerializeDeterministic(account)));
}

absl::string_view WithoutSummary(const FieldDescriptor* summary, absl::string_view resource) {
  if (summary == nullptr) return resource;
  CodedInputStream input = InputOf(resource);
  while (true) {
    const auto begin = static_cast<size_t>(input.CurrentPosition());
    const uint32_t tag = input.ReadTag();
    if (tag == 0) return resource;
    // It comes last.
    if (WireFormatLite::GetTagFieldNumber(tag) == summary->number()) {
      return resource.substr(0, begin);
    }
    if (!WireFormatLite::SkipField(&input, tag)) return resource;
  }
}

absl::Status FillInSummaries(Message& answer, ReadTx& tx) {
  Gaps gaps;
  FindGaps(answer, gaps);
  return tx.GetAccounts(AccountsOf(gaps), [&](absl::string_view name, absl::string_view account) {
    return FillIn(account, gaps.at(name));
  });
}

namespace {

// A row whose account is not known yet.
struct Row {
  std::string data;
  std::string account;
};

// Reads the accounts of all that are not in the cache, and hands over the rows with their
// summaries.
absl::Status Complete(const FieldDescriptor& summary, std::vector<Row>& rows, ReadTx& tx,
                      ReadTx::OnData on_data) {
  SummaryCache* const cache = tx.summaries();
  absl::flat_hash_map<std::string, std::string> summaries;  // as fields, by account
  std::vector<std::string> unknown;
  for (const Row& row : rows) {
    const auto [known, is_new] = summaries.try_emplace(row.account);
    if (!is_new || (cache != nullptr && cache->AppendTo(known->second, summary, row.account)))
      continue;
    unknown.push_back(row.account);
  }
  RETURN_IF_ERROR(tx.GetAccounts(unknown, [&](absl::string_view name, absl::string_view account) {
    const std::string bytes = SummaryOf(account);
    AppendField(summary, bytes, summaries[name]);
    if (cache != nullptr) cache->Add(name, bytes, tx.summaries_read());
    return absl::OkStatus();
  }));
  for (Row& row : rows) {
    row.data += summaries[row.account];
    RETURN_IF_ERROR(on_data(row.data));
  }
  return absl::OkStatus();
}

}  // namespace

bool HaveSameSummary(const Message& account, const Message& other) {
  return SummaryOf(SerializeDeterministic(account)) == SummaryOf(SerializeDeterministic(other));
}

absl::StatusOr<std::string> GetWithSummary(const ResourceTable& table, absl::string_view name,
                                           ReadTx& tx) {
  std::string answer;
  const auto keep = [&answer](absl::string_view data) {
    answer.assign(data.data(), data.size());
    return absl::OkStatus();
  };
  const FieldDescriptor* summary = table.fields().summary();
  if (summary != nullptr && tx.summaries() == nullptr) {
    RETURN_IF_ERROR(tx.GetDataWithSummary(table, name, keep));
    return answer;
  }
  RETURN_IF_ERROR(tx.GetData(table, name, keep));
  if (summary == nullptr) return answer;
  std::vector<Row> row = {{std::move(answer), std::string(AccountOf(name))}};
  RETURN_IF_ERROR(Complete(*summary, row, tx, keep));
  return answer;
}

absl::Status SelectWithSummaries(const Selection& selection, const PageRequest& page, ReadTx& tx,
                                 ReadTx::OnData on_data) {
  const FieldDescriptor* summary = selection.table().fields().summary();
  if (summary == nullptr) return tx.SelectData(selection, on_data);
  if (selection.joins()) return tx.SelectDataWithSummaries(selection, on_data);
  std::vector<Row> rows;
  PageRoom room(page);
  std::string whole;
  const auto on_row = [&](absl::string_view name, absl::string_view data) -> absl::Status {
    // Behind one that waits for its account, others wait as well.
    if (rows.empty() && tx.summaries() != nullptr) {
      whole.assign(data.data(), data.size());
      if (tx.summaries()->AppendTo(whole, *summary, AccountOf(name))) return on_data(whole);
    }
    if (room.is_full()) return absl::OkStatus();
    room.Take(data.size());
    rows.push_back({std::string(data), std::string(AccountOf(name))});
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(tx.SelectNamedData(selection, on_row));
  return Complete(*summary, rows, tx, on_data);
}

}  // namespace perennial
