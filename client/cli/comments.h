#ifndef PERENNIAL_CLIENT_CLI_COMMENTS_H_
#define PERENNIAL_CLIENT_CLI_COMMENTS_H_

// The comments of the protos, as help texts: the protos are compiled into the program.

#include <string>

#include "google/protobuf/descriptor.h"

namespace perennial::cli {

// The comment before a field or method in one line without its marks; empty where there is none.
std::string CommentOf(const google::protobuf::FieldDescriptor& field);
std::string CommentOf(const google::protobuf::MethodDescriptor& method);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_COMMENTS_H_
