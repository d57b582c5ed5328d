#ifndef PERENNIAL_CLIENT_LIST_RANGE_H_
#define PERENNIAL_CLIENT_LIST_RANGE_H_

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "perennial/client/call.h"
#include "perennial/client/connection.h"
#include "perennial/client/options.h"

namespace perennial::client {

// Everything a List method finds, from the request's page on. Pages are fetched
// as they are needed, each by a call of its own; `page_size` says how large they are.
// After an error, which is an element, comes nothing more.
//
// An input range: it can be gone through once, and an element is valid until
// the next is asked for. It is the caller's to move from.
template <class Request, class Response, class Item>
class ListRange {
 public:
  ListRange(std::shared_ptr<Connection> connection,
            const google::protobuf::MethodDescriptor& method, Request request, CallOptions options)
      : connection_(std::move(connection)),
        method_(&method),
        request_(std::move(request)),
        options_(std::move(options)) {}

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = absl::StatusOr<Item>;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = value_type&;

    reference operator*() const { return range_->current_; }
    pointer operator->() const { return &range_->current_; }
    iterator& operator++() {
      if (!range_->Next()) range_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& a, const iterator& b) { return a.range_ == b.range_; }
    friend bool operator!=(const iterator& a, const iterator& b) { return !(a == b); }

   private:
    friend class ListRange;
    explicit iterator(ListRange* range) : range_(range) {}

    ListRange* range_;  // null at the end
  };

  iterator begin() { return ++iterator(this); }
  iterator end() { return iterator(nullptr); }

 private:
  // False at the end.
  bool Next() {
    if (!current_.ok()) return false;
    // The items are the first field of every list's response.
    const auto* items = Response::descriptor()->FindFieldByNumber(1);
    const auto* reflection = page_.GetReflection();
    while (position_ == reflection->FieldSize(page_, items)) {
      if (last_page_) return false;
      if (!Fetch()) return true;
    }
    auto* item = reflection->MutableRepeatedMessage(&page_, items, position_++);
    current_ = std::move(dynamic_cast<Item&>(*item));
    return true;
  }

  bool Fetch() {
    page_.Clear();
    position_ = 0;
    absl::Status status = CallWithRetries(*connection_, *method_, request_, page_, options_);
    if (!status.ok()) {
      current_ = std::move(status);
      return false;
    }
    request_.set_page_token(page_.next_page_token());
    last_page_ = page_.next_page_token().empty();
    return true;
  }

  std::shared_ptr<Connection> connection_;
  const google::protobuf::MethodDescriptor* method_;
  Request request_;
  CallOptions options_;
  Response page_;
  int position_ = 0;
  bool last_page_ = false;
  absl::StatusOr<Item> current_ = Item();
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_LIST_RANGE_H_
