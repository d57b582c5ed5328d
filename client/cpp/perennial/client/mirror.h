#ifndef PERENNIAL_CLIENT_MIRROR_H_
#define PERENNIAL_CLIENT_MIRROR_H_

// A list that stays current:
//
//   v1::ListOpportunitiesRequest request;
//   request.set_parent("accounts/-");
//   request.set_filter("outcome = OPEN");
//   Mirror open(pipeline.ListOpportunities, request, history);
//   for (auto update = open.Next(); update.ok(); update = open.Next()) Show(open.items());

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/message_differencer.h"
#include "perennial/client/errors.h"
#include "perennial/client/history_client.h"
#include "perennial/client/service_client.h"
#include "perennial/client/watcher.h"

namespace perennial::client {

// What the changes of the history that a watcher tells ask a mirror to look at again.
struct MirrorNews {
  std::set<std::string> names;     // of the mirror's items
  std::set<std::string> gone;      // deleted ones
  std::set<std::string> accounts;  // whose items may agree with the filter now, or no more
};
MirrorNews NewsIn(const v1::WatchResponse& response, absl::string_view item_type);

// What the mirror of a list request watches, from `token` on: its items, and the accounts above
// them where they have a summary of theirs.
v1::WatchRequest WatchOf(const google::protobuf::Message& request,
                         const google::protobuf::Descriptor& item, std::string token);

// Filters that narrow `filter` down to some of the names each: what one of them finds is still of
// the list. Each is as long as the server takes, and names fifty at most.
std::vector<std::string> NarrowedFilters(const std::string& filter,
                                         const std::set<std::string>& names);
// Narrows the request down to what is below the account.
void NarrowToAccount(const std::string& account, google::protobuf::Message& request);

// Holds what a List method finds, by name, and keeps it so: it lists, then watches from where that
// was, and asks the list again about what changed. The server alone judges the filter. Breaks are
// mended by themselves; where the history was lost in between it lists anew. Without an order: sort
// items() as you show them. By one thread, but for Stop.
template <class Request, class Response, class Item>
class Mirror {
 public:
  using List = ListMethod<Request, Response, Item>;
  using Items = std::map<std::string, Item>;

  struct Update {
    std::vector<Item> added, changed, removed;
    bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
  };

  // The clients outlive it.
  Mirror(const List& list, Request request, const HistoryClient& history)
      : list_(list), request_(std::move(request)), history_(history) {}

  // The first one lists; those after wait until something differs. An error is that of the list, or
  // of the watch where no server answers for long; the next call goes on. CANCELLED after Stop.
  absl::StatusOr<Update> Next() {
    while (true) {
      const std::shared_ptr<Watcher> watcher = Watching();
      if (watcher == nullptr) return Relist();
      const absl::StatusOr<v1::WatchResponse> response = watcher->Next();
      if (!response.ok()) {
        if (ReasonOf(response.status()) == v1::RESUME_TOKEN_EXPIRED) return Relist();
        return response.status();
      }
      absl::StatusOr<Update> update = Apply(*response);
      // What could not be asked about is not to be passed over.
      if (!update.ok()) Watch(nullptr);
      if (!update.ok() || !update->empty()) return update;
    }
  }

  const Items& items() const { return items_; }

  // Ends a Next that waits, and those to come. By any thread.
  void Stop() {
    const absl::MutexLock lock(&mutex_);
    stopped_ = true;
    if (watcher_ != nullptr) watcher_->Stop();
  }

 private:
  absl::StatusOr<Update> Relist() {
    Request request = request_;
    Items found;
    std::string token;
    do {
      absl::StatusOr<Response> page = list_.Page(request);
      if (!page.ok()) return page.status();
      // Of several pages that of the first.
      if (token.empty()) token = page->resume_token();
      Collect(*page, found);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    // A Watcher does not move.
    Watch(std::shared_ptr<Watcher>(
        new Watcher(history_.Watch(WatchOf(request_, *Item::descriptor(), std::move(token))))));
    return Replace(std::move(found));
  }

  std::shared_ptr<Watcher> Watching() {
    const absl::MutexLock lock(&mutex_);
    return watcher_;
  }
  void Watch(std::shared_ptr<Watcher> watcher) {
    const absl::MutexLock lock(&mutex_);
    watcher_ = std::move(watcher);
    if (stopped_ && watcher_ != nullptr) watcher_->Stop();
  }

  absl::StatusOr<Update> Apply(const v1::WatchResponse& response) {
    const MirrorNews news = NewsIn(response, Item::descriptor()->name());
    Update update;
    for (const std::string& name : news.gone) Remove(name, update);
    Items found;
    for (const std::string& filter : NarrowedFilters(request_.filter(), news.names)) {
      Request request = request_;
      request.set_filter(filter);
      absl::Status status = Ask(std::move(request), found);
      if (!status.ok()) return status;
    }
    std::set<std::string> asked = news.names;
    for (const std::string& account : news.accounts) {
      for (const auto& [name, item] : items_) {
        if (absl::string_view(name).substr(0, account.size() + 1) == account + "/") {
          asked.insert(name);
        }
      }
      Request request = request_;
      NarrowToAccount(account, request);
      absl::Status status = Ask(std::move(request), found);
      if (!status.ok()) return status;
    }
    for (const std::string& name : asked) {
      if (found.count(name) == 0) Remove(name, update);
    }
    for (auto& [name, item] : found) Put(std::move(item), update);
    return update;
  }

  absl::Status Ask(Request request, Items& found) {
    do {
      absl::StatusOr<Response> page = list_.Page(request);
      if (!page.ok()) return page.status();
      Collect(*page, found);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
  }

  static void Collect(const Response& page, Items& found) {
    // The items are the first field of every list's response.
    const auto* field = Response::descriptor()->FindFieldByNumber(1);
    const auto& reflection = *page.GetReflection();
    for (int i = 0; i < reflection.FieldSize(page, field); ++i) {
      const auto& item = static_cast<const Item&>(reflection.GetRepeatedMessage(page, field, i));
      found[item.name()] = item;
    }
  }

  Update Replace(Items found) {
    Update update;
    std::set<std::string> names;
    for (const auto& [name, item] : items_) names.insert(name);
    for (const std::string& name : names) {
      if (found.count(name) == 0) Remove(name, update);
    }
    for (auto& [name, item] : found) Put(std::move(item), update);
    return update;
  }

  void Remove(const std::string& name, Update& update) {
    const auto known = items_.find(name);
    if (known == items_.end()) return;
    update.removed.push_back(std::move(known->second));
    items_.erase(known);
  }

  void Put(Item item, Update& update) {
    const auto known = items_.find(item.name());
    if (known == items_.end()) {
      update.added.push_back(item);
      items_.emplace(item.name(), std::move(item));
    } else if (!google::protobuf::util::MessageDifferencer::Equals(known->second, item)) {
      update.changed.push_back(item);
      known->second = std::move(item);
    }
  }

  const List& list_;
  const Request request_;
  const HistoryClient& history_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Null before the first list, and where what it told could not be asked about.
  std::shared_ptr<Watcher> watcher_ ABSL_GUARDED_BY(mutex_);
  Items items_;
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_MIRROR_H_
