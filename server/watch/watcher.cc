#include "server/watch/watcher.h"

#include "lib/api/resume_token.h"
#include "lib/base/serialize.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using v1::WatchResponse;

namespace {

// A watcher with more than this is served from the database instead.
constexpr size_t kMaxPending = 128;
constexpr size_t kMaxPendingBytes = 256 << 10;
// Of one response, unless a single change is larger. gRPC's clients take 4 MiB.
constexpr size_t kMaxResponseBytes = 1 << 20;

const FieldDescriptor& ChangesField() {
  static const auto& field =
      *WatchResponse::descriptor()->FindFieldByNumber(WatchResponse::kChangesFieldNumber);
  return field;
}

const FieldDescriptor& TokenField() {
  static const auto& field =
      *WatchResponse::descriptor()->FindFieldByNumber(WatchResponse::kResumeTokenFieldNumber);
  return field;
}

}  // namespace

FeedChange::FeedChange(v1::Change read) : change(std::move(read)) {
  if (change.has_previous_resource()) {
    v1::Change plain = change;
    plain.clear_previous_resource();
    plain.clear_changed_fields();
    serialized = SerializeDeterministic(plain);
    with_previous = SerializeDeterministic(change);
  } else {
    serialized = SerializeDeterministic(change);
  }
}

std::string Watcher::TakeResponse(uint64_t history_id) {
  std::string response;
  int64_t last = position;
  while (!pending.empty()) {
    const FeedChange& next = *pending.front();
    const std::string& bytes = criteria.include_previous() && !next.with_previous.empty()
                                   ? next.with_previous
                                   : next.serialized;
    if (!response.empty() && response.size() + bytes.size() > kMaxResponseBytes) {
      last = next.change.revision() - 1;
      break;
    }
    AppendField(ChangesField(), bytes, response);
    pending_bytes -= next.serialized.size() + next.with_previous.size();
    pending.pop_front();
  }
  AppendField(TokenField(), MakeResumeToken({history_id, last}), response);
  return response;
}

void Watcher::Push(const FeedChangePtr& change) {
  pending.push_back(change);
  pending_bytes += change->serialized.size() + change->with_previous.size();
}

bool Watcher::HasRoom() const {
  return pending.size() < kMaxPending && pending_bytes < kMaxPendingBytes;
}

}  // namespace perennial
