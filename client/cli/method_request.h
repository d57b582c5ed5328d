#ifndef PERENNIAL_CLIENT_CLI_METHOD_REQUEST_H_
#define PERENNIAL_CLIENT_CLI_METHOD_REQUEST_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/cli_context.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// The flags of a method's request, and the requests that they make: `name` or `parent` comes
// without a flag, every other field has one. The fields of a resource that is created or changed
// are flags like the others.
class MethodRequest {
 public:
  // `pattern` is that of the resource that the commands are about; empty where they are about none.
  MethodRequest(const google::protobuf::MethodDescriptor& method, std::string pattern,
                CliContext& context);

  // With `several`, any number of names may be given, and nothing is required as the command line
  // is parsed.
  void AddTo(CLI::App& app, bool several);

  // Whole ones, of what is given without a flag.
  std::vector<std::string> Names() const;

  // The request that the command line asks for. Throws if that cannot be one.
  std::unique_ptr<google::protobuf::Message> Make() const;

  // What goes for each of several, without a name. `more` says that each gets further fields:
  // without, it throws where something that is required is missing.
  std::unique_ptr<google::protobuf::Message> MakeForSeveral(bool more) const;

  // Throws where flags are given that are for one alone.
  void CheckForSeveral() const;

 private:
  struct Argument {
    CLI::Option* option;
    const google::protobuf::FieldDescriptor* field;
    bool in_body;
  };
  struct NameArgument {
    CLI::Option* option = nullptr;
    const google::protobuf::FieldDescriptor* field = nullptr;
    std::string pattern;
  };

  void AddField(CLI::App& app, const google::protobuf::FieldDescriptor& field);
  void AddBody(CLI::App& app);
  void AddArgument(CLI::App& app, const std::string& flags,
                   const google::protobuf::FieldDescriptor& field);
  void AddName(CLI::App& app, const google::protobuf::FieldDescriptor& field,
               const char* positional, const std::string& pattern);

  bool IsRequired(const google::protobuf::FieldDescriptor& field) const;
  // All but the name.
  std::unique_ptr<google::protobuf::Message> MakeNameless() const;
  google::protobuf::Message* Body(google::protobuf::Message& request) const;
  // Throws where an update names no field.
  void RequireMask(const google::protobuf::Message& request) const;
  // Names the fields that were given; of maps, the keys.
  void SetMask(google::protobuf::Message& request) const;

  const google::protobuf::MethodDescriptor& method_;
  const google::protobuf::Descriptor& request_type_;
  const google::protobuf::FieldDescriptor* const body_;
  const google::protobuf::FieldDescriptor* const update_mask_;
  const std::string pattern_;
  CliContext& context_;
  bool several_ = false;
  NameArgument name_;
  std::vector<Argument> arguments_;
};

// Adds to the mask of an update what a field is given: its name; of a map the keys that are set or,
// in the texts, taken off.
void AddPaths(const google::protobuf::Message& body, const google::protobuf::FieldDescriptor& field,
              const std::vector<std::string>& texts, google::protobuf::FieldMask& mask);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_METHOD_REQUEST_H_
