#ifndef PERENNIAL_LIB_STORAGE_LIST_PAGE_H_
#define PERENNIAL_LIB_STORAGE_LIST_PAGE_H_

// A page of a list, as it is answered: its resources, serialized as they are stored, and the tokens
// of the pages around it.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "lib/api/order_by.h"
#include "lib/api/page_token.h"

namespace perennial {

class ListPage {
 public:
  // All outlive it. `resources` is the response's field of resources.
  ListPage(const PageRequest& page, const OrderBy& order,
           const google::protobuf::FieldDescriptor& resources)
      : page_(page), order_(order), resources_(resources), room_(page) {}

  // Rows come in the page's direction: from its end where it leads back. What comes behind the last
  // that fits only tells that there is more.
  void Add(absl::string_view data);

  // Appends the resources, in their order, and the tokens. A page that a token led to has one back
  // to where it came from, also where all of that was deleted meanwhile: that page is empty then.
  absl::Status AppendTo(std::string& answer) const;

 private:
  struct Row {
    size_t begin, end;  // of its field in `fields_`
    size_t size;        // of the resource, at the end of the field
  };

  absl::StatusOr<std::vector<FieldValue>> KeyOf(const Row& row) const;
  std::string TokenTo(bool backward, const std::vector<FieldValue>& key) const;

  const PageRequest& page_;
  const OrderBy& order_;
  const google::protobuf::FieldDescriptor& resources_;
  PageRoom room_;
  std::string fields_;
  std::vector<Row> rows_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_LIST_PAGE_H_
