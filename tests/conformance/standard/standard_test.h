#ifndef PERENNIAL_TESTS_CONFORMANCE_STANDARD_STANDARD_TEST_H_
#define PERENNIAL_TESTS_CONFORMANCE_STANDARD_STANDARD_TEST_H_

// Tests that run for every resource, or for every method, of the protos:
//
//   class GetTest : public ResourceTest {};
//   INSTANTIATE_FOR_EVERY_RESOURCE(GetTest);

#include <optional>
#include <string>
#include <tuple>

#include "tests/conformance/api_methods.h"
#include "tests/conformance/examples.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {

class StandardTest : public ConformanceTest {
 protected:
  void Prepare(sql::Engine engine) {
    Use(engine);
    examples_.emplace(connection());
  }

  Examples& examples() { return *examples_; }

  absl::StatusOr<MessagePtr> Call(const MethodDescriptor& method, const Message& request,
                                  const client::CallOptions& options = {}) const {
    return conformance::Call(*connection(), method, request, options);
  }
  MessagePtr MustCall(const MethodDescriptor& method, const Message& request) const {
    MessagePtr response = Must(Call(method, request));
    return response == nullptr ? NewMessage(*method.output_type()) : std::move(response);
  }

 private:
  std::optional<Examples> examples_;
};

// Resources that have the standard methods.
class ResourceTest
    : public StandardTest,
      public testing::WithParamInterface<std::tuple<sql::Engine, const Descriptor*>> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(std::get<0>(GetParam()));
    Prepare(std::get<0>(GetParam()));
  }

  const Descriptor& type() const { return *std::get<1>(GetParam()); }
  const StandardMethods& methods() const { return methods_; }
  bool has_parent() const { return ParentOf(type()) != nullptr; }
  // "account_event", as requests name it.
  const std::string& field() const { return ResourceField(*methods_.create->input_type())->name(); }

  MessagePtr Create() { return examples().Create(type()); }
  MessagePtr CreateRequest() { return examples().RequestFor(*methods_.create); }
  // A Get or Delete request.
  MessagePtr NameRequest(const MethodDescriptor& method, const std::string& name) const {
    MessagePtr request = NewMessage(*method.input_type());
    SetText(*request, "name", name);
    return request;
  }
  absl::StatusOr<MessagePtr> Get(const std::string& name) const {
    return Call(*methods_.get, *NameRequest(*methods_.get, name));
  }
  absl::StatusOr<MessagePtr> Delete(const std::string& name) const {
    return Call(*methods_.erase, *NameRequest(*methods_.erase, name));
  }

 private:
  const StandardMethods methods_ = MethodsOf(*std::get<1>(GetParam()));
};

inline std::string ResourceTestName(
    const testing::TestParamInfo<std::tuple<sql::Engine, const Descriptor*>>& info) {
  return EngineName({std::get<0>(info.param), 0}) + "_" + std::get<1>(info.param)->name();
}

#define INSTANTIATE_FOR_EVERY_RESOURCE(test)                                                 \
  INSTANTIATE_TEST_SUITE_P(                                                                  \
      Every, test, testing::Combine(EveryEngine(), testing::ValuesIn(CreatableResources())), \
      ResourceTestName)

class MethodTest
    : public StandardTest,
      public testing::WithParamInterface<std::tuple<sql::Engine, const MethodDescriptor*>> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(std::get<0>(GetParam()));
    Prepare(std::get<0>(GetParam()));
  }

  const MethodDescriptor& method() const { return *std::get<1>(GetParam()); }
  bool takes(const std::string& field) const {
    return method().input_type()->FindFieldByName(field) != nullptr;
  }
  MessagePtr Request() { return examples().RequestFor(method()); }
};

inline std::string MethodTestName(
    const testing::TestParamInfo<std::tuple<sql::Engine, const MethodDescriptor*>>& info) {
  return EngineName({std::get<0>(info.param), 0}) + "_" + std::get<1>(info.param)->name();
}

#define INSTANTIATE_FOR_EVERY_METHOD(test)                                                   \
  INSTANTIATE_TEST_SUITE_P(Every, test,                                                      \
                           testing::Combine(EveryEngine(), testing::ValuesIn(AllMethods())), \
                           MethodTestName)

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_STANDARD_STANDARD_TEST_H_
