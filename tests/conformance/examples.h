#ifndef PERENNIAL_TESTS_CONFORMANCE_EXAMPLES_H_
#define PERENNIAL_TESTS_CONFORMANCE_EXAMPLES_H_

#include <map>
#include <memory>
#include <string>

#include "perennial/client/connection.h"
#include "perennial/v1/common.pb.h"
#include "tests/conformance/api_methods.h"

namespace perennial::conformance {

// Valid requests of every method, with every field set that a caller may set. They are made from
// the rules in the protos; what these do not say of a field stands in examples.cc. What a request
// refers to is created through the API, in an account of this object's own.
class Examples {
 public:
  explicit Examples(std::shared_ptr<client::Connection> connection);

  // The name of the latest resource of the type; of a new one where there is none.
  std::string Some(const std::string& type);

  // A request that can be made once. A Create request has no id; an Update request changes every
  // field that it can; a Delete request is of something that nothing else needs.
  MessagePtr RequestFor(const MethodDescriptor& method);

  // A new resource.
  MessagePtr Create(const Descriptor& type);
  MessagePtr Create(const std::string& type) { return Create(*FindResource(type)); }

  // Another valid value in this field of the resource. False where the field cannot be changed by
  // itself.
  bool Vary(const FieldDescriptor& field, Message& resource) const;

 private:
  MessagePtr CreateRequest(const Descriptor& resource);
  MessagePtr DeleteRequest(const Descriptor& resource);
  MessagePtr UpdateRequest(const Descriptor& resource);
  // Of a method that does something with one resource, which is first brought into the right state.
  MessagePtr CustomRequest(const MethodDescriptor& method, const std::string& name);
  MessagePtr BatchRequest(const MethodDescriptor& method);

  void Fill(Message& message);
  void FillField(const FieldDescriptor& field, Message& message);
  void FillScalar(const FieldDescriptor& field, Message& message);
  std::string Text(const FieldDescriptor& field);
  void FillMessage(Message& message);

  const std::shared_ptr<client::Connection> connection_;
  v1::Date today_;
  std::map<std::string, std::string> names_;  // by type
};

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_EXAMPLES_H_
