#ifndef PERENNIAL_SERVER_METHODS_TYPE_RULES_H_
#define PERENNIAL_SERVER_METHODS_TYPE_RULES_H_

// What goes for the resources of a type whoever writes them, by a standard method or by import. The
// file of a resource's handlers has its rules:
//
//   class TouchRules final : public TypeRules<Touch> {
//     absl::Status Complete(Touch& touch, Writing& writing) const override;
//   };
//   const TouchRules rules;

#include <map>
#include <memory>
#include <set>
#include <string>
#include <typeindex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/base/status.h"
#include "lib/storage/tx.h"

namespace perennial {

// A transaction in which resources are written, and what rules keep from one to the next.
class Writing {
 public:
  explicit Writing(WriteTx& transaction) : tx(transaction) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

  // The one T of this transaction.
  template <class T>
  T& Kept() {
    std::shared_ptr<void>& kept = kept_[typeid(T)];
    if (kept == nullptr) kept = std::make_shared<T>();
    return *static_cast<T*>(kept.get());
  }

  WriteTx& tx;

 private:
  std::map<std::type_index, std::shared_ptr<void>> kept_;
};

// Kept by an import: the paths of the fields that the row being written says something of, also
// where that is 0.
struct SaidPaths {
  std::set<std::string> paths;
};

// Kept by an import: the resources that are there, but were taken back before a row brings them
// again.
struct TakenBack {
  std::set<std::string> names;
};

// What a row of an import says of a resource, and what of that is taken.
template <class T>
struct Taken {
  const T& said;    // all of it
  const T& fields;  // what is taken; of lists the elements that are added
  // Of what is taken, also where it is that a field is empty.
  const std::set<std::string>& paths;
};

// The rules of a type, for whoever knows it by its descriptor only.
class AnyTypeRules {
 public:
  using Message = google::protobuf::Message;

  // Null where the type has none: it is not imported.
  static const AnyTypeRules* Of(const google::protobuf::Descriptor& type);

  // Of an import: the names of what the row refers to beyond its reference fields, ...
  virtual std::vector<std::string> AlsoRefersToIn(const Message& row) const = 0;
  // ... the name of what the resource that is there went on as, such as the term after; empty where
  // it is itself, ...
  virtual std::string WentOnAsIn(const Message& there) const = 0;
  // ... what becomes of what is there with what is taken from the row, completed, ...
  virtual absl::Status MergeAndComplete(const Message* before, const Taken<Message>& taken,
                                        Message& row, Writing& writing) const = 0;
  // Whether what is there was taken back, and is as good as not there, ...
  virtual bool WasTakenBackIn(const Message& there) const = 0;
  // ... and how it is written.
  virtual absl::Status CreateRow(const Message& row, Writing& writing) const = 0;
  virtual absl::Status UpdateRow(const Message& before, const Message& row,
                                 Writing& writing) const = 0;

  // Of any write: fills in and checks.
  virtual absl::Status CompleteAny(Message& resource, Writing& writing) const = 0;

 protected:
  // To be found by `Of`. Lives as long as the program.
  AnyTypeRules();
  virtual ~AnyTypeRules() = default;
  virtual const google::protobuf::Descriptor& type() const = 0;
};

template <class T>
class TypeRules : public AnyTypeRules {
 public:
  // Those that are registered: a fault of ours where there are none.
  static const TypeRules& Of() {
    return static_cast<const TypeRules&>(*AnyTypeRules::Of(*T::descriptor()));
  }

  // Fills in what is absent and checks the rules that go beyond those of its fields.
  // INVALID_ARGUMENT names fields by paths that begin with the resource: "touch.contacts".
  virtual absl::Status Complete(T& /*resource*/, Writing& /*writing*/) const {
    return absl::OkStatus();
  }
  // Writes a completed resource, with what is part of it: ledger, transitions, references back.
  virtual absl::StatusOr<T> Create(T resource, Writing& writing) const {
    return writing.tx.Create(std::move(resource));
  }
  virtual absl::StatusOr<T> Update(const T& /*before*/, T resource, Writing& writing) const {
    return writing.tx.Update(std::move(resource));
  }

  // What `row`, which is there already, takes of the output-only fields that an import brings, and
  // what follows; `taken` has what the row in the file says anew, and all of it where nothing is
  // there (`before` is null). Nothing is taken back that was recorded here since.
  virtual void Merge(const T* /*before*/, const Taken<T>& /*taken*/, T& /*row*/) const {}
  // The rules of what only an import brings, of a completed row.
  virtual absl::Status CompleteImported(T& /*row*/, Writing& /*writing*/) const {
    return absl::OkStatus();
  }
  virtual std::vector<std::string> AlsoRefersTo(const T& /*row*/) const { return {}; }
  virtual std::string WentOnAs(const T& /*there*/) const { return ""; }
  // `Create` makes it anew then: it is named in TakenBack.
  virtual bool WasTakenBack(const T& /*there*/) const { return false; }

  std::vector<std::string> AlsoRefersToIn(const Message& row) const final {
    return AlsoRefersTo(As(row));
  }
  std::string WentOnAsIn(const Message& there) const final { return WentOnAs(As(there)); }
  bool WasTakenBackIn(const Message& there) const final { return WasTakenBack(As(there)); }
  absl::Status CompleteAny(Message& resource, Writing& writing) const final {
    return Complete(static_cast<T&>(resource), writing);
  }
  absl::Status MergeAndComplete(const Message* before, const Taken<Message>& taken, Message& row,
                                Writing& writing) const final {
    T& resource = static_cast<T&>(row);
    Merge(static_cast<const T*>(before), {As(taken.said), As(taken.fields), taken.paths}, resource);
    RETURN_IF_ERROR(Complete(resource, writing));
    return CompleteImported(resource, writing);
  }
  absl::Status CreateRow(const Message& row, Writing& writing) const final {
    return Create(As(row), writing).status();
  }
  absl::Status UpdateRow(const Message& before, const Message& row, Writing& writing) const final {
    return Update(As(before), As(row), writing).status();
  }

 private:
  const google::protobuf::Descriptor& type() const final { return *T::descriptor(); }
  static const T& As(const Message& message) { return static_cast<const T&>(message); }
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_METHODS_TYPE_RULES_H_
